MODES = {'streaming'}
TAGS = ['cdc']
from ddl import *
CHANGELOG = True
SETUP = [ACCOUNTS]
QUERY = """SELECT id, CASE WHEN balance < 0 THEN 'neg' WHEN balance < 1000 THEN 'low' ELSE 'high' END AS cls FROM accounts WHERE region IS NOT NULL AND tier BETWEEN 1 AND 2"""
