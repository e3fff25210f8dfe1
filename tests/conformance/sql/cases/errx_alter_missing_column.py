MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['nocol']}
SETUP = [ORDERS, "ALTER TABLE orders DROP nocol"]
QUERY = """SELECT 1"""
