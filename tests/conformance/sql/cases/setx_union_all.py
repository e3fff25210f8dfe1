MODES = {'streaming', 'batch'}
TAGS = ['set']
from ddl import *
SETUP = ["CREATE TEMPORARY VIEW u1 AS SELECT * FROM (VALUES (1,'a'),(1,'a'),(2,'b'),(CAST(NULL AS INT),'n'),(CAST(NULL AS INT),'n'),(3,'c')) AS v(i,s)", "CREATE TEMPORARY VIEW u2 AS SELECT * FROM (VALUES (1,'a'),(CAST(NULL AS INT),'n'),(3,'c'),(3,'c'),(4,'d')) AS v(i,s)"]
QUERY = """SELECT * FROM u1 UNION ALL SELECT * FROM u2"""
