MODES = {'batch'}
TAGS = ['function', 'json']
QUERY = r"""SELECT JSON_STRING(PARSE_JSON('{"a":[1,2]}')['a']) AS c0,
JSON_STRING(PARSE_JSON('[1,2]')[1]) AS c1,
JSON_STRING(PARSE_JSON('[1,2]')[5]) AS c2,
TYPEOF(PARSE_JSON('1')) AS c3
FROM (VALUES ('{"a":1,"b":{"c":[10,20,{"d":"x"}]},"s":"t","n":null,"t":true,"f":1.5,"e":{}}'),('[1,2,[3]]'),('"str"'),('12'),('null'),('{bad'),(''),(CAST(NULL AS STRING))) AS t(j)"""
