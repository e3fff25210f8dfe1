MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['SUM']}
SETUP = [ORDERS]
QUERY = """SELECT SUM(customer) FROM orders"""
