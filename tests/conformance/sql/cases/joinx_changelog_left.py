MODES = {'streaming'}
TAGS = ['join', 'changelog']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT l.currency, l.n, r.m FROM (SELECT currency, COUNT(*) AS n FROM orders WHERE order_id < 30 GROUP BY currency) l LEFT JOIN (SELECT currency, MAX(amount) AS m FROM orders WHERE order_id < 30 AND qty > 3 GROUP BY currency) r ON l.currency = r.currency"""
