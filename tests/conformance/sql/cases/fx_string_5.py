MODES = {'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT SPLIT_INDEX(s,44,3) AS c0,
SPLIT(s,',') AS c1,
SPLIT(s,CAST(NULL AS STRING)) AS c2,
STR_TO_MAP(s) AS c3,
STR_TO_MAP('k=1,j=2,k=3') AS c4,
STR_TO_MAP('a:1;b:2;c',';',':') AS c5,
STR_TO_MAP('') AS c6,
JSON_UNQUOTE('"a\u0041\n"') AS c7,
JSON_UNQUOTE('"a') AS c8,
JSON_UNQUOTE('[1, 2]') AS c9,
ELT(2,s,'b') AS c10,
ELT(1,s,'b') AS c11,
ELT(3,s,'b') AS c12,
ELT(0,s,'b') AS c13,
URL_ENCODE(s) AS c14,
URL_DECODE('a%20b%2Bc+d') AS c15,
URL_DECODE('%zz') AS c16,
URL_DECODE('%') AS c17,
IS_ALPHA(s) AS c18,
IS_DIGIT(s) AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
