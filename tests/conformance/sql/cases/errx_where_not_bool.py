MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['WHERE']}
SETUP = [ORDERS]
QUERY = """SELECT customer FROM orders WHERE qty"""
