MODES = {'batch'}
TAGS = ['over', 'aggregate']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT currency, SUM(amount) AS s, SUM(SUM(amount)) OVER (ORDER BY currency) AS run, RANK() OVER (ORDER BY SUM(amount) DESC) AS r FROM orders GROUP BY currency"""
