MODES = {'streaming', 'batch'}
TAGS = ['function', 'regexp']
QUERY = r"""SELECT REGEXP_REPLACE(s,'[0-9]+','#') AS c0,
REGEXP_REPLACE(s,'(\d)','<$1>') AS c1,
REGEXP_REPLACE(s,'','-') AS c2,
REGEXP_REPLACE(s,'(','-') AS c3,
REGEXP_REPLACE(s,CAST(NULL AS STRING),'-') AS c4,
REGEXP_EXTRACT(s,'([a-z])(\d+)',0) AS c5,
REGEXP_EXTRACT(s,'([a-z])(\d+)',1) AS c6,
REGEXP_EXTRACT(s,'([a-z])(\d+)',2) AS c7,
REGEXP_EXTRACT(s,'([a-z])(\d+)',3) AS c8,
REGEXP_EXTRACT(s,'([a-z])(\d+)',-1) AS c9,
REGEXP_EXTRACT(s,'([a-z])(\d+)') AS c10,
REGEXP_EXTRACT(s,'(') AS c11,
REGEXP_EXTRACT_ALL(s,'([a-z])(\d+)') AS c12,
REGEXP_EXTRACT_ALL(s,'([a-z])(\d+)',0) AS c13,
REGEXP_EXTRACT_ALL(s,'([a-z])(\d+)',2) AS c14,
REGEXP_EXTRACT_ALL(s,'([a-z])(\d+)',3) AS c15,
REGEXP_EXTRACT_ALL(s,'\d',0) AS c16,
REGEXP_EXTRACT_ALL(s,'\d') AS c17,
REGEXP_EXTRACT_ALL(s,'(') AS c18,
REGEXP_COUNT(s,'\d') AS c19
FROM (VALUES ('foobar123'),('a1b22c333'),(''),(CAST(NULL AS STRING)),('100-200'),('x.y.z')) AS t(s)"""
