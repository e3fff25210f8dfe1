MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_runtime']
from ddl import *
EXPECT_ERROR = {'kind': 'runtime', 'tokens': ['zero']}
QUERY = """SELECT MOD(10, i) FROM (VALUES (1),(0)) AS t(i)"""
