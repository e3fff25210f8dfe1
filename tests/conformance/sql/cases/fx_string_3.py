MODES = {'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT SUBSTRING(s FROM 0) AS c0,
SUBSTRING(s FROM 2 FOR 3) AS c1,
SUBSTRING(s FROM 2 FOR 0) AS c2,
SUBSTRING(s FROM 2 FOR -1) AS c3,
SUBSTRING(s FROM -4 FOR 2) AS c4,
SUBSTR(s,2,100) AS c5,
SUBSTR(s,-100,3) AS c6,
REPLACE(s,'o','00') AS c7,
REPLACE(s,'X','') AS c8,
TRANSLATE(s,'abc','xy') AS c9,
TRANSLATE(s,'','xy') AS c10,
TRANSLATE(s,'lo','') AS c11,
LPAD(s,5,'xy') AS c12,
RPAD(s,5,'xy') AS c13,
LPAD(s,0,'xy') AS c14,
RPAD(s,-1,'xy') AS c15,
LPAD(s,12,'') AS c16,
RPAD(s,3,CAST(NULL AS STRING)) AS c17,
TO_BASE64(s) AS c18,
ASCII(s) AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
