MODES = {'streaming', 'batch'}
TAGS = ['aggregate']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT currency, SUM(amount) FILTER (WHERE qty > 100) AS s, COUNT(*) FILTER (WHERE qty > 100) AS c, MAX(amount) FILTER (WHERE qty > 100) AS m FROM orders GROUP BY currency"""
