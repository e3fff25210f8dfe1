MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['NOSUCHFN']}
SETUP = [ORDERS]
QUERY = """SELECT NOSUCHFN(qty) FROM orders"""
