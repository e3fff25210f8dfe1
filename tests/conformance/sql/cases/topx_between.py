MODES = {'streaming'}
TAGS = ['topn']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT * FROM (SELECT currency, order_id, amount, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY amount DESC, order_id) AS rn FROM orders) WHERE rn BETWEEN 2 AND 4"""
