MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_runtime']
from ddl import *
EXPECT_ERROR = {'kind': 'runtime', 'tokens': []}
QUERY = """SELECT JSON_VALUE(j, 'strict $.a' ERROR ON ERROR) FROM (VALUES ('{}')) AS t(j)"""
