MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_runtime']
from ddl import *
EXPECT_ERROR = {'kind': 'runtime', 'tokens': []}
QUERY = """SELECT ELEMENT(a) FROM (VALUES (ARRAY[1,2])) AS t(a)"""
