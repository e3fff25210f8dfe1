MODES = {'streaming'}
TAGS = ['cdc', 'join']
from ddl import *
SETUP = [ACCOUNTS]
QUERY = """SELECT a.id, a.balance, m.mx FROM accounts a LEFT JOIN (SELECT region, MAX(balance) AS mx FROM accounts GROUP BY region) m ON a.region = m.region WHERE a.id < 12"""
