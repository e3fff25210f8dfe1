MODES = {'streaming'}
TAGS = ['cdc', 'distinct']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT DISTINCT region, tier FROM accounts"""
