MODES = {'streaming', 'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['snk']}
SETUP = [ORDERS, "CREATE TABLE snk (a INT, b STRING) WITH ('connector'='blackhole')", "INSERT INTO snk SELECT customer, qty FROM orders"]
QUERY = """SELECT 1"""
