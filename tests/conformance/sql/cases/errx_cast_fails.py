MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_runtime']
from ddl import *
EXPECT_ERROR = {'kind': 'runtime', 'tokens': ['x1']}
QUERY = """SELECT CAST(s AS INT) FROM (VALUES ('1'),('x1')) AS t(s)"""
