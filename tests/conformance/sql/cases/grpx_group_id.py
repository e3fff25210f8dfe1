MODES = {'streaming', 'batch'}
TAGS = ['aggregate', 'grouping_sets']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT currency, COUNT(*) AS n, GROUP_ID() AS g FROM orders GROUP BY GROUPING SETS ((currency), ())"""
