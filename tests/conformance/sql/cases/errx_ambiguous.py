MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['qty']}
SETUP = [ORDERS]
QUERY = """SELECT qty FROM orders a JOIN orders b ON a.order_id = b.order_id"""
