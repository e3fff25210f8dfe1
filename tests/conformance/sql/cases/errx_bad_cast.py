MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['INT']}
SETUP = [TYPES]
QUERY = """SELECT CAST(f_row AS INT) FROM alltypes"""
