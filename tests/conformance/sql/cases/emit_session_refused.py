MODES = {'streaming'}
TAGS = ['aggregate']
from ddl import *
SETUP = [CLICKS]
CHANGELOG = True
CONFIG = {'table.exec.emit.early-fire.enabled': 'true', 'table.exec.emit.early-fire.delay': '0 ms'}
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
QUERY = "SELECT u, SESSION_START(ts, INTERVAL '30' SECOND) AS ws, COUNT(*) AS n FROM clicks WHERE seq < 12 GROUP BY u, SESSION(ts, INTERVAL '30' SECOND)"
