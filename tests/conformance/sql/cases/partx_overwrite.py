MODES = {'batch'}
TAGS = ['sink', 'partition']
from ddl import *
SETUP = [ORDERS, "CREATE TABLE p (id INT, amt DECIMAL(10,2), cur STRING) PARTITIONED BY (cur) WITH ('connector'='filesystem','path'='{out}/p','format'='json')", "INSERT INTO p SELECT order_id, amount, currency FROM orders WHERE order_id < 20", "INSERT OVERWRITE p PARTITION (cur='EUR') SELECT 1, 1.5"]
QUERY = """SELECT cur, COUNT(*) AS n, SUM(amt) AS s FROM p GROUP BY cur"""
