MODES = {'streaming'}
TAGS = ['cdc', 'join']
from ddl import *
SETUP = [ACCOUNTS, CATEGORIES]
QUERY = """SELECT c.label, COUNT(*) AS n, SUM(a.balance) AS s FROM accounts a JOIN categories c ON a.tier + 9 = c.id GROUP BY c.label"""
