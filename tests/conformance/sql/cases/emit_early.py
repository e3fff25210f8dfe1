MODES = {'streaming'}
TAGS = ['aggregate']
from ddl import *
SETUP = [ORDERS]
CHANGELOG = True
CONFIG = {'table.exec.emit.early-fire.enabled': 'true', 'table.exec.emit.early-fire.delay': '0 ms'}
QUERY = "SELECT currency, TUMBLE_START(ts, INTERVAL '1' HOUR) AS ws, COUNT(*) AS n, SUM(amount) AS s FROM orders WHERE order_id < 60 GROUP BY currency, TUMBLE(ts, INTERVAL '1' HOUR)"
