MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['CASE']}
SETUP = [ORDERS]
QUERY = """SELECT CASE WHEN qty > 1 THEN ARRAY[1] ELSE 'a' END FROM orders"""
