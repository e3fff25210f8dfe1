MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['UNION']}
SETUP = [ORDERS]
QUERY = """SELECT customer FROM orders UNION ALL SELECT customer, qty FROM orders"""
