MODES = {'batch'}
TAGS = ['function', 'json']
QUERY = r"""SELECT JSON_VALUE(j,'$.zz' DEFAULT 'd' ON EMPTY) AS c0,
JSON_VALUE(j,'lax $.zz' DEFAULT 'd' ON EMPTY) AS c1,
JSON_VALUE(j,'lax $.zz' RETURNING INT DEFAULT 5 ON EMPTY DEFAULT 6 ON ERROR) AS c2,
JSON_VALUE(j,'strict $.zz' DEFAULT 'd' ON ERROR) AS c3,
JSON_VALUE(j,'$.b' DEFAULT 'obj' ON ERROR) AS c4,
JSON_VALUE(j,'$.b.c[0]') AS c5,
JSON_VALUE(j,'$.b.c[-1]') AS c6,
JSON_VALUE(j,'$.b.c[*]') AS c7,
JSON_VALUE(j,'$..d') AS c8,
JSON_VALUE(j,'$[0]') AS c9,
JSON_VALUE(j,'$') AS c10,
JSON_QUERY(j,'$.b') AS c11,
JSON_QUERY(j,'$.b.c') AS c12,
JSON_QUERY(j,'$.a') AS c13,
JSON_QUERY(j,'$.a' WITH WRAPPER) AS c14,
JSON_QUERY(j,'$.a' WITH CONDITIONAL WRAPPER) AS c15,
JSON_QUERY(j,'$.b.c' WITH CONDITIONAL WRAPPER) AS c16,
JSON_QUERY(j,'$.b.c' WITH UNCONDITIONAL ARRAY WRAPPER) AS c17,
JSON_QUERY(j,'$.b.c[*]' WITH CONDITIONAL WRAPPER) AS c18,
JSON_QUERY(j,'$.s' WITHOUT WRAPPER) AS c19
FROM (VALUES ('{"a":1,"b":{"c":[10,20,{"d":"x"}]},"s":"t","n":null,"t":true,"f":1.5,"e":{}}'),('[1,2,[3]]'),('"str"'),('12'),('null'),('{bad'),(''),(CAST(NULL AS STRING))) AS t(j)"""
