MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['FROM']}
SETUP = [ORDERS]
QUERY = """SELECT (qty + 1 FROM orders"""
