MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['customer']}
SETUP = [ORDERS]
QUERY = """SELECT customer, COUNT(*) FROM orders GROUP BY currency"""
