MODES = {'streaming', 'batch'}
TAGS = ['aggregate', 'nulls']
from ddl import *
SETUP = [SHIPMENTS]
QUERY = """SELECT NULLIF(via, 'air') AS v, COUNT(*) AS n, COUNT(NULLIF(via, 'sea')) AS ns FROM shipments GROUP BY NULLIF(via, 'air')"""
