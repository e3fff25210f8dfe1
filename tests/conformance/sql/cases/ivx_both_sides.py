MODES = {'streaming', 'batch'}
TAGS = ['interval_join']
from ddl import *
SETUP = [ORDERS, SHIPMENTS]
QUERY = """SELECT o.order_id, s.ship_id FROM orders o, shipments s WHERE o.order_id = s.order_id AND o.ts >= s.ts - INTERVAL '8' MINUTE AND o.ts < s.ts - INTERVAL '1' MINUTE AND s.via <> 'sea'"""
