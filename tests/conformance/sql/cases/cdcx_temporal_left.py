MODES = {'streaming'}
TAGS = ['cdc', 'temporal_join']
from ddl import *
SETUP = [ORDERS, RATES]
QUERY = """SELECT o.order_id, r.rate, r.upd FROM orders o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency AND r.rate > 1"""
