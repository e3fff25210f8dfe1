MODES = {'streaming', 'batch'}
TAGS = ['aggregate', 'grouping_sets']
from ddl import *
SETUP = [ORDERS, "CREATE TEMPORARY VIEW o AS SELECT currency, qty, amount, CASE WHEN MOD(order_id, 3) = 0 THEN CAST(NULL AS STRING) WHEN MOD(order_id, 3) = 1 THEN 'air' ELSE 'sea' END AS via FROM orders WHERE order_id < 200"]
QUERY = """SELECT currency, via, COUNT(*) AS n, SUM(amount) AS s, GROUPING(currency) AS g1, GROUPING_ID(currency, via) AS gid FROM o GROUP BY GROUPING SETS ((currency), (via), ())"""
