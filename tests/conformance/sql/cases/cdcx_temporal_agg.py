MODES = {'streaming'}
TAGS = ['cdc', 'temporal_join', 'aggregate']
from ddl import *
SETUP = [ORDERS, RATES]
QUERY = """SELECT o.currency, COUNT(*) AS n, SUM(CAST(o.amount / r.rate AS DECIMAL(12,2))) AS s FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency GROUP BY o.currency"""
