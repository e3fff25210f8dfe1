MODES = {'streaming', 'batch'}
TAGS = ['over']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT sym, ts, price, SUM(vol) OVER w AS sv, AVG(price) OVER w AS ap, MIN(price) OVER w AS mn, MAX(price) OVER w AS mx, COUNT(*) OVER w AS n FROM ticks WHERE price < 200 WINDOW w AS (PARTITION BY sym ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"""
