MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
SETUP = [ORDERS]
QUERY = """SELECT customer FROM orders WHERE qty IN (SELECT qty, customer FROM orders)"""
