MODES = {'streaming'}
TAGS = ['cdc', 'aggregate']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT owner, COUNT(*) AS n, MIN(balance) AS m FROM accounts GROUP BY owner HAVING COUNT(*) > 1 AND MIN(balance) < 1000"""
