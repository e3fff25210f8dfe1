MODES = {'batch'}
TAGS = ['errors', 'err_validation']
from ddl import *
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
SETUP = [ORDERS, "UPDATE orders SET qty = 1 WHERE order_id = 1"]
QUERY = """SELECT 1"""
