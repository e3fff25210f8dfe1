MODES = {'streaming', 'batch'}
TAGS = ['aggregate', 'grouping_sets']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT currency, qty, COUNT(*) AS n FROM orders GROUP BY ROLLUP (currency, qty) HAVING GROUPING(qty) = 1 OR COUNT(*) > 25"""
