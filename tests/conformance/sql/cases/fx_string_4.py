MODES = {'streaming', 'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT INSTR(s,'X') AS c0,
INSTR(s,'') AS c1,
LEFT(s,3) AS c2,
LEFT(s,0) AS c3,
LEFT(s,-2) AS c4,
LEFT(s,100) AS c5,
RIGHT(s,3) AS c6,
RIGHT(s,0) AS c7,
RIGHT(s,-2) AS c8,
LOCATE('o',s) AS c9,
LOCATE('o',s,6) AS c10,
LOCATE('o',s,0) AS c11,
LOCATE('o',s,-1) AS c12,
LOCATE('',s) AS c13,
LOCATE('',s,3) AS c14,
REVERSE(s) AS c15,
SPLIT_INDEX(s,',',1) AS c16,
SPLIT_INDEX(s,',',-1) AS c17,
SPLIT_INDEX(s,',',5) AS c18,
SPLIT_INDEX(s,'',0) AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
