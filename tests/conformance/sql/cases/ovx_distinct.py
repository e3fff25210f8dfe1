MODES = {'streaming'}
TAGS = ['over', 'distinct']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT sym, ts, COUNT(DISTINCT vol) OVER (PARTITION BY sym ORDER BY ts ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS d FROM ticks"""
