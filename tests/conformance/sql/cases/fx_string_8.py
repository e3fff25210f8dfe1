MODES = {'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT UNHEX('F') AS c0,
UNHEX('') AS c1,
HEX(-1) AS c2,
HEX(255) AS c3,
HEX(CAST(-1 AS TINYINT)) AS c4,
BIN(-1) AS c5,
BIN(5) AS c6,
BIN(CAST(NULL AS INT)) AS c7,
CHR(97) AS c8,
CHR(0) AS c9,
CHR(-5) AS c10,
CHR(256) AS c11,
CHR(321) AS c12,
CHR(CAST(NULL AS BIGINT)) AS c13,
INET_ATON('127.0.0.1') AS c14,
INET_ATON('127.1') AS c15,
INET_ATON('256.0.0.1') AS c16,
INET_ATON('') AS c17,
INET_ATON('1.2.3') AS c18,
INET_NTOA(2130706433) AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
