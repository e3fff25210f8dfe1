MODES = {'batch'}
TAGS = ['set', 'order']
from ddl import *
ORDERED = True
SETUP = ["CREATE TEMPORARY VIEW u1 AS SELECT * FROM (VALUES (1,'a'),(1,'a'),(2,'b'),(CAST(NULL AS INT),'n'),(CAST(NULL AS INT),'n'),(3,'c')) AS v(i,s)", "CREATE TEMPORARY VIEW u2 AS SELECT * FROM (VALUES (1,'a'),(CAST(NULL AS INT),'n'),(3,'c'),(3,'c'),(4,'d')) AS v(i,s)"]
QUERY = """SELECT i, s FROM u1 UNION ALL SELECT i, s FROM u2 ORDER BY i DESC, s LIMIT 5 OFFSET 1"""
