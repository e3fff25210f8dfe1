MODES = {'streaming'}
TAGS = ['aggregate']
from ddl import *
SETUP = [LATE]
CHANGELOG = True
CONFIG = {'table.exec.emit.allow-lateness': '1 h'}
QUERY = "SELECT k, TUMBLE_START(ts, INTERVAL '10' SECOND) AS ws, COUNT(*) AS n, SUM(v) AS s FROM late GROUP BY k, TUMBLE(ts, INTERVAL '10' SECOND)"
