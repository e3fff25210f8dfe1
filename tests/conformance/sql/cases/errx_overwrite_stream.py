MODES = {'streaming'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
SETUP = [ORDERS, "CREATE TABLE p (a INT) WITH ('connector'='filesystem','path'='{out}/p','format'='csv')", "INSERT OVERWRITE p SELECT qty FROM orders"]
QUERY = """SELECT 1"""
