MODES = {'streaming', 'batch'}
TAGS = ['function', 'json']
QUERY = r"""SELECT JSON_STRING(CAST(1e20 AS DOUBLE)) AS c0,
JSON_STRING(CAST(1.5 AS FLOAT)) AS c1,
JSON_OBJECT() AS c2,
JSON_OBJECT('a' VALUE 1) AS c3,
JSON_OBJECT(KEY 'a' VALUE j) AS c4,
JSON_OBJECT('a' VALUE j NULL ON NULL) AS c5,
JSON_OBJECT('a' VALUE j ABSENT ON NULL) AS c6,
JSON_OBJECT('b' VALUE 1, 'a' VALUE ARRAY[1,2], 'c' VALUE ROW(1,'x')) AS c7,
JSON_OBJECT('o' VALUE JSON_OBJECT('x' VALUE 1)) AS c8,
JSON_OBJECT('o' VALUE JSON('{"x": [1, 2]}')) AS c9,
JSON_OBJECT('a' VALUE 1.50, 'b' VALUE TRUE, 'd' VALUE 1e0) AS c10,
JSON_OBJECT('a' VALUE 1, 'a' VALUE 2) AS c11,
JSON_ARRAY() AS c12,
JSON_ARRAY(j) AS c13,
JSON_ARRAY(JSON_ARRAY(1),JSON_OBJECT('k' VALUE 2)) AS c14,
JSON_ARRAY(JSON('[1]')) AS c15,
JSON_STRING(TRY_PARSE_JSON(j)) AS c16,
JSON_STRING(PARSE_JSON('{"a":1.0,"b":[1,"x",null,true]}')) AS c17,
JSON_STRING(PARSE_JSON('{"a":1,"a":2}',TRUE)) AS c18,
JSON_STRING(TRY_PARSE_JSON('{"a":1,"a":2}',FALSE)) AS c19
FROM (VALUES ('{"a":1,"b":{"c":[10,20,{"d":"x"}]},"s":"t","n":null,"t":true,"f":1.5,"e":{}}'),('[1,2,[3]]'),('"str"'),('12'),('null'),('{bad'),(''),(CAST(NULL AS STRING))) AS t(j)"""
