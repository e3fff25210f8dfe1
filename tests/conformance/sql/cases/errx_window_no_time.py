MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['id']}
SETUP = [CATEGORIES]
QUERY = """SELECT * FROM TABLE(TUMBLE(TABLE categories, DESCRIPTOR(id), INTERVAL '1' MINUTE))"""
