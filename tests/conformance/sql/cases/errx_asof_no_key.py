MODES = {'streaming'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
SETUP = [ORDERS, SHIPMENTS]
QUERY = """SELECT o.order_id FROM orders o JOIN shipments FOR SYSTEM_TIME AS OF o.ts AS s ON o.order_id = s.order_id"""
