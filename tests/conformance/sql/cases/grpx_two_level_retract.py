MODES = {'streaming'}
TAGS = ['aggregate', 'retraction']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT n, COUNT(*) AS c, MAX(m) AS mm FROM (SELECT region, tier, COUNT(*) AS n, MIN(balance) AS m FROM accounts GROUP BY region, tier) GROUP BY n"""
