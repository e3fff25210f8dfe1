MODES = {'streaming', 'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT s || 'x' AS c0,
CONCAT(s,'-',s) AS c1,
CONCAT_WS(',',s,'b',CAST(NULL AS STRING),s) AS c2,
CONCAT_WS(s,'a','b') AS c3,
CHAR_LENGTH(s) AS c4,
CHARACTER_LENGTH(s) AS c5,
UPPER(s) AS c6,
LOWER(s) AS c7,
INITCAP(s) AS c8,
POSITION('o' IN s) AS c9,
POSITION('' IN s) AS c10,
TRIM(s) AS c11,
TRIM(LEADING ' ' FROM s) AS c12,
TRIM(TRAILING ' ' FROM s) AS c13,
TRIM(BOTH 'H' FROM s) AS c14,
TRIM(BOTH '' FROM s) AS c15,
LTRIM(s) AS c16,
RTRIM(s) AS c17,
BTRIM(s) AS c18,
LTRIM(s,'Ha ') AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
