MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['orders']}
SETUP = [ORDERS, ORDERS]
QUERY = """SELECT 1"""
