MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_runtime']
from ddl import *
EXPECT_ERROR = {'kind': 'runtime', 'tokens': []}
QUERY = """SELECT JSON_VALUE(j, 'lax $.a' ERROR ON EMPTY) FROM (VALUES ('{}')) AS t(j)"""
