MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['GROUP']}
SETUP = [ORDERS]
QUERY = """SELECT customer WHERE qty > 1 GROUP customer"""
