MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['nodb']}
SETUP = ["USE nodb"]
QUERY = """SELECT 1"""
