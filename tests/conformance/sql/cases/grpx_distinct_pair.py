MODES = {'streaming', 'batch'}
TAGS = ['aggregate', 'distinct']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT COUNT(DISTINCT customer) AS a, COUNT(DISTINCT currency) AS b, COUNT(DISTINCT MOD(qty, 2)) AS c, COUNT(*) AS n FROM orders"""
