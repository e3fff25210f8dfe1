MODES = {'streaming', 'batch'}
TAGS = ['ddl']
from ddl import *
SETUP = [ORDERS, "CREATE TABLE o2 (extra AS qty * 2) WITH ('csv.ignore-parse-errors'='true') LIKE orders (EXCLUDING WATERMARKS)"]
QUERY = """SELECT order_id, extra, ts FROM o2 WHERE order_id < 10"""
