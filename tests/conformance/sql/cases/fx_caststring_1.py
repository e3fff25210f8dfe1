MODES = {'streaming', 'batch'}
TAGS = ['function', 'cast']
QUERY = r"""SELECT TRY_CAST(s AS BOOLEAN) AS c0,
TRY_CAST(s AS TINYINT) AS c1,
TRY_CAST(s AS INT) AS c2,
TRY_CAST(s AS BIGINT) AS c3,
TRY_CAST(s AS FLOAT) AS c4,
TRY_CAST(s AS DOUBLE) AS c5,
TRY_CAST(s AS DECIMAL(6,2)) AS c6,
TRY_CAST(s AS CHAR(2)) AS c7,
TRY_CAST(s AS BINARY(2)) AS c8,
TRY_CAST(s AS BYTES) AS c9
FROM (VALUES ('1'),(''),(' 42 '),('-0'),('+5'),('1e3'),('0x1F'),('1_000'),('٣'),('128'),('99999999999'),('1.5'),('.5'),('5.'),('NaN'),('Infinity'),('-inf'),('true'),('F'),('yes'),('0'),('on'),(CAST(NULL AS STRING))) AS t(s)"""
