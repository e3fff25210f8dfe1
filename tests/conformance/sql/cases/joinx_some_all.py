MODES = {'streaming', 'batch'}
TAGS = ['subquery']
from ddl import *
SETUP = ["CREATE TEMPORARY VIEW a AS SELECT * FROM (VALUES (1,'x',10),(2,'y',20),(2,'y2',21),(CAST(NULL AS INT),'n',0),(4,CAST(NULL AS STRING),40)) AS v(id,nm,val)", "CREATE TEMPORARY VIEW b AS SELECT * FROM (VALUES (1,100),(2,200),(2,201),(CAST(NULL AS INT),300),(5,500)) AS v(id,w)"]
QUERY = """SELECT nm FROM a WHERE val * 10 >= ALL (SELECT w FROM b WHERE w < 300)"""
