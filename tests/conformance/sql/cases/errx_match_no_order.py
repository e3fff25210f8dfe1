MODES = {'streaming'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY price MEASURES A.price AS p PATTERN (A) DEFINE A AS A.vol > 1)"""
