MODES = {'streaming'}
TAGS = ['aggregate', 'retraction']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT tier, COUNT(*) AS n, STDDEV_POP(CAST(balance AS DOUBLE)) AS sd FROM accounts GROUP BY tier"""
