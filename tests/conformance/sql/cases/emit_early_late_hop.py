MODES = {'streaming'}
TAGS = ['aggregate']
from ddl import *
SETUP = [LATE]
CHANGELOG = True
CONFIG = {'table.exec.emit.early-fire.enabled': 'true', 'table.exec.emit.early-fire.delay': '0 ms', 'table.exec.emit.late-fire.enabled': 'true', 'table.exec.emit.late-fire.delay': '0 ms', 'table.exec.emit.allow-lateness': '1 h'}
QUERY = "SELECT k, HOP_START(ts, INTERVAL '10' SECOND, INTERVAL '20' SECOND) AS ws, COUNT(*) AS n, SUM(v) AS s FROM late GROUP BY k, HOP(ts, INTERVAL '10' SECOND, INTERVAL '20' SECOND)"
