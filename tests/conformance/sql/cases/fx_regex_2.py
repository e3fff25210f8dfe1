MODES = {'batch'}
TAGS = ['function', 'regexp']
QUERY = r"""SELECT REGEXP_COUNT(s,'') AS c0,
REGEXP_COUNT(s,'(') AS c1,
REGEXP_INSTR(s,'\d+') AS c2,
REGEXP_INSTR(s,'zz') AS c3,
REGEXP_INSTR(s,'(') AS c4,
REGEXP_SUBSTR(s,'\d+') AS c5,
REGEXP_SUBSTR(s,'zz') AS c6,
REGEXP_SUBSTR(s,'(') AS c7,
REGEXP(s,'\d{3}') AS c8,
REGEXP(s,'^$') AS c9,
REGEXP(s,'') AS c10,
REGEXP(s,'(') AS c11,
REGEXP(s,'(?i)FOO') AS c12,
REGEXP_EXTRACT(s,'(?<=-)\d+',0) AS c13,
REGEXP_EXTRACT(s,'(\w)(?=\.)',1) AS c14,
REGEXP_REPLACE(s,'(.)\1','=') AS c15,
REGEXP_REPLACE(s,'\\.','!') AS c16,
REGEXP_COUNT(s,'\p{Alpha}') AS c17,
REGEXP_COUNT(s,'\p{L}+') AS c18,
REGEXP_REPLACE(s,'a*?b','_') AS c19
FROM (VALUES ('foobar123'),('a1b22c333'),(''),(CAST(NULL AS STRING)),('100-200'),('x.y.z')) AS t(s)"""
