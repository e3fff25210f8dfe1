MODES = {'streaming'}
TAGS = ['aggregate']
from ddl import *
SETUP = [ORDERS]
CONFIG = {'table.optimizer.distinct-agg.split.enabled': 'true', 'table.exec.mini-batch.enabled': 'true', 'table.exec.mini-batch.allow-latency': '5 s', 'table.exec.mini-batch.size': '5000'}
QUERY = "SELECT currency, COUNT(DISTINCT customer) AS c, SUM(amount) AS s, COUNT(*) AS n, MAX(qty) AS m FROM orders GROUP BY currency"
