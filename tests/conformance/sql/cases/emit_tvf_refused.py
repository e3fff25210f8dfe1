MODES = {'streaming'}
TAGS = ['aggregate']
from ddl import *
SETUP = [ORDERS]
CONFIG = {'table.exec.emit.early-fire.enabled': 'true', 'table.exec.emit.early-fire.delay': '0 ms'}
EXPECT_ERROR = {'kind': 'validation', 'tokens': []}
QUERY = "SELECT window_start, currency, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, currency"
