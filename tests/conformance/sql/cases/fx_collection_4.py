MODES = {'streaming', 'batch'}
TAGS = ['function', 'collection']
QUERY = r"""SELECT MAP_FROM_ARRAYS(ARRAY['a','b'],ARRAY[1,2]) AS c0,
ARRAY[1,2.5] AS c1,
ARRAY[1,NULL] AS c2,
ARRAY['a','bcd'] AS c3,
ARRAY[ARRAY[1],ARRAY[2,3]] AS c4,
ARRAY[ROW(1,'a'),ROW(2,'b')] AS c5,
MAP['k',1,'k',2] AS c6,
MAP['k',1,'j',2.5] AS c7,
MAP[1,'a',2,'b'] AS c8,
ROW(1,ROW(2,'x')) AS c9,
(1,'a') AS c10,
ROW(1,'a') = ROW(1,'a') AS c11,
a = a AS c12,
a = ARRAY[3,1] AS c13,
m = MAP['a',1] AS c14,
a IS NULL AS c15,
a IS NOT DISTINCT FROM a AS c16,
CAST(a AS ARRAY<STRING>) AS c17,
CAST(a AS ARRAY<BIGINT>) AS c18,
CAST(a AS STRING) AS c19
FROM (VALUES (ARRAY[3,1,CAST(NULL AS INT),2,3],MAP['a',1,'b',CAST(NULL AS INT)],ARRAY['x','y','x']),(CAST(NULL AS ARRAY<INT>),CAST(NULL AS MAP<STRING NOT NULL,INT>),CAST(NULL AS ARRAY<STRING>)),(ARRAY[CAST(NULL AS INT)],MAP['z',9],ARRAY[''])) AS t(a,m,s)"""
