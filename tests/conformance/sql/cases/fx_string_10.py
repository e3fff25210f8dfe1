MODES = {'streaming', 'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT CAST('ab' AS CHAR(5)) = 'ab' AS c0,
CAST('abcdef' AS VARCHAR(3)) AS c1,
CAST(s AS CHAR(3)) AS c2,
CAST(s AS VARCHAR(2)) AS c3,
GREATEST(s,'b','X') AS c4,
LEAST(s,'b','X') AS c5,
NULLIF(s,'') AS c6,
COALESCE(NULLIF(s,''),'dflt') AS c7,
IFNULL(s,'n') AS c8,
IF(s='','e',s) AS c9,
CASE s WHEN '' THEN 'e' WHEN '123','a,b,,c' THEN 'n' END AS c10,
CASE WHEN s IS NULL THEN 1 WHEN s='' THEN 2 ELSE 3.5 END AS c11,
s IS NOT DISTINCT FROM '' AS c12,
s IS DISTINCT FROM CAST(NULL AS STRING) AS c13
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
