MODES = {'streaming'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
SETUP = [TICKS]
QUERY = """SELECT SUM(vol) OVER (PARTITION BY sym ORDER BY ts ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM ticks"""
