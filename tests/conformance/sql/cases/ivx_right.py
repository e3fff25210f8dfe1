MODES = {'streaming', 'batch'}
TAGS = ['interval_join']
from ddl import *
SETUP = [ORDERS, SHIPMENTS]
QUERY = """SELECT o.order_id, s.ship_id, TIMESTAMPDIFF(SECOND, o.ts, s.ts) AS dt FROM orders o RIGHT JOIN shipments s ON o.order_id = s.order_id AND s.ts BETWEEN o.ts AND o.ts + INTERVAL '10' MINUTE"""
