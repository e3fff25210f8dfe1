MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['nothere']}
SETUP = ["DROP TABLE nothere"]
QUERY = """SELECT 1"""
