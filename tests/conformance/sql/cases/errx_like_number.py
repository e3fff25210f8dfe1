MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['LIKE']}
SETUP = [ORDERS]
QUERY = """SELECT customer FROM orders WHERE qty LIKE 1"""
