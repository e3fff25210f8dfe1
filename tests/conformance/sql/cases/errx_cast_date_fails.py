MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_runtime']
from ddl import *
EXPECT_ERROR = {'kind': 'runtime', 'tokens': ['nodate']}
QUERY = """SELECT CAST(s AS DATE) FROM (VALUES ('2024-01-01'),('nodate')) AS t(s)"""
