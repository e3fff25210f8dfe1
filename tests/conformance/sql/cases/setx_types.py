MODES = {'streaming', 'batch'}
TAGS = ['set', 'types']
from ddl import *
SETUP = ["CREATE TEMPORARY VIEW u1 AS SELECT * FROM (VALUES (1,'a'),(1,'a'),(2,'b'),(CAST(NULL AS INT),'n'),(CAST(NULL AS INT),'n'),(3,'c')) AS v(i,s)", "CREATE TEMPORARY VIEW u2 AS SELECT * FROM (VALUES (1,'a'),(CAST(NULL AS INT),'n'),(3,'c'),(3,'c'),(4,'d')) AS v(i,s)"]
QUERY = """SELECT i, CAST(s AS VARCHAR(3)) AS s FROM u1 UNION ALL SELECT CAST(i AS BIGINT), 'longer' FROM u2 UNION ALL SELECT 1.5, 'z' FROM (VALUES (1)) AS t(x)"""
