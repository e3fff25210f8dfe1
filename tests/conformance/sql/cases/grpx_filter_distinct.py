MODES = {'streaming', 'batch'}
TAGS = ['aggregate', 'distinct']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT currency, COUNT(DISTINCT customer) AS c, COUNT(DISTINCT customer) FILTER (WHERE qty > 4) AS c4, SUM(DISTINCT qty) AS sq, AVG(amount) FILTER (WHERE qty = 0) AS a0 FROM orders GROUP BY currency"""
