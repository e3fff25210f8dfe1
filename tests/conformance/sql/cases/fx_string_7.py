MODES = {'streaming', 'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT s BETWEEN 'a' AND 'z' AS c0,
s IN ('123','',CAST(NULL AS STRING)) AS c1,
s NOT IN ('123','') AS c2,
s NOT IN ('123',CAST(NULL AS STRING)) AS c3,
s < 'Z' AS c4,
s = '' AS c5,
PRINTF('%s|%5s|%-5s|', s, s, s) AS c6,
PRINTF('%d', s) AS c7,
PRINTF('%%') AS c8,
PRINTF('%s') AS c9,
PRINTF(CAST(NULL AS STRING), 1) AS c10,
MD5(s) AS c11,
SHA1(s) AS c12,
SHA224(s) AS c13,
SHA256(s) AS c14,
SHA2(s,512) AS c15,
SHA2(s,256) AS c16,
HEX(s) AS c17,
UNHEX(s) AS c18,
UNHEX('4D7953514C') AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
