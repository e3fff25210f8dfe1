MODES = {'streaming'}
TAGS = ['cdc', 'join']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT id, owner FROM accounts x WHERE NOT EXISTS (SELECT 1 FROM accounts y WHERE y.region = x.region AND y.balance > x.balance)"""
