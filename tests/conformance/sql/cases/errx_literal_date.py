MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['2024-13-01']}
QUERY = """SELECT DATE '2024-13-01'"""
