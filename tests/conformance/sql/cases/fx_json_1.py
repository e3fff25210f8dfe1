MODES = {'streaming', 'batch'}
TAGS = ['function', 'json']
QUERY = r"""SELECT j IS JSON AS c0,
j IS JSON VALUE AS c1,
j IS JSON SCALAR AS c2,
j IS JSON ARRAY AS c3,
j IS JSON OBJECT AS c4,
j IS NOT JSON AS c5,
j IS NOT JSON OBJECT AS c6,
JSON_EXISTS(j,'$.a') AS c7,
JSON_EXISTS(j,'lax $.zz') AS c8,
JSON_EXISTS(j,'strict $.zz') AS c9,
JSON_EXISTS(j,'strict $.zz' TRUE ON ERROR) AS c10,
JSON_EXISTS(j,'strict $.zz' UNKNOWN ON ERROR) AS c11,
JSON_EXISTS(j,'$.b.c[2].d') AS c12,
JSON_EXISTS(j,'$[1]') AS c13,
JSON_VALUE(j,'$.a') AS c14,
JSON_VALUE(j,'$.a' RETURNING INT) AS c15,
JSON_VALUE(j,'$.t' RETURNING BOOLEAN) AS c16,
JSON_VALUE(j,'$.f' RETURNING DOUBLE) AS c17,
JSON_VALUE(j,'$.n') AS c18,
JSON_VALUE(j,'$.n' DEFAULT 'd' ON EMPTY) AS c19
FROM (VALUES ('{"a":1,"b":{"c":[10,20,{"d":"x"}]},"s":"t","n":null,"t":true,"f":1.5,"e":{}}'),('[1,2,[3]]'),('"str"'),('12'),('null'),('{bad'),(''),(CAST(NULL AS STRING))) AS t(j)"""
