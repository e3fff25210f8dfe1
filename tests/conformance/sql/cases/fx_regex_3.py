MODES = {'batch'}
TAGS = ['function', 'regexp']
QUERY = r"""SELECT REGEXP_REPLACE(s,'[^\x00-\x39]','_') AS c0,
REGEXP_SUBSTR(s,'o++b') AS c1,
REGEXP_SUBSTR(s,'(?<n>o+)b') AS c2,
s SIMILAR TO '\w+' AS c3,
s SIMILAR TO '%_1%' AS c4,
s LIKE 'x.y._' AS c5,
s LIKE '%\%' AS c6
FROM (VALUES ('foobar123'),('a1b22c333'),(''),(CAST(NULL AS STRING)),('100-200'),('x.y.z')) AS t(s)"""
