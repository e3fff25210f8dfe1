MODES = {'batch'}
TAGS = ['over']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT sym, price, vol, RANK() OVER (PARTITION BY sym ORDER BY price) AS r, DENSE_RANK() OVER (PARTITION BY sym ORDER BY price) AS d, PERCENT_RANK() OVER (PARTITION BY sym ORDER BY price) AS p FROM ticks WHERE vol < 8"""
