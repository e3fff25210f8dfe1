MODES = {'streaming', 'batch'}
TAGS = ['over']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT ts, SUM(vol) OVER (ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS s FROM ticks"""
