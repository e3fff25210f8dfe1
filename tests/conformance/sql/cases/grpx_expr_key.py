MODES = {'streaming', 'batch'}
TAGS = ['aggregate']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT MOD(order_id, 7) AS k, qty > 3 AS big, MAX(ts) AS t, MIN(customer) AS c FROM orders GROUP BY MOD(order_id, 7), qty > 3"""
