MODES = {'batch'}
TAGS = ['over']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT sym, ts, NTILE(4) OVER (PARTITION BY sym ORDER BY ts) AS q, LEAD(price, 2, 0) OVER (PARTITION BY sym ORDER BY ts) AS l2 FROM ticks WHERE vol < 20"""
