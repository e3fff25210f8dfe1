MODES = {'streaming'}
TAGS = ['cdc', 'temporal_join']
from ddl import *
SETUP = [ORDERS, RATES]
QUERY = """SELECT o.order_id, o.amount * r.rate AS v FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency"""
