MODES = {'streaming'}
TAGS = ['cdc', 'set']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT region FROM accounts WHERE tier = 1 UNION SELECT owner FROM accounts WHERE tier = 3 AND balance > 3000"""
