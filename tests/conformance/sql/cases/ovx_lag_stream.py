MODES = {'streaming', 'batch'}
TAGS = ['over']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT sym, ts, price, LAG(price) OVER (PARTITION BY sym ORDER BY ts) AS p1, LAG(price, 2, -1) OVER (PARTITION BY sym ORDER BY ts) AS p2 FROM ticks"""
