MODES = {'streaming'}
TAGS = ['aggregate', 'retraction']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT region, MAX(balance) AS mx, MIN(balance) AS mn, COUNT(DISTINCT tier) AS t, SUM(balance) AS s, AVG(balance) AS a FROM accounts GROUP BY region"""
