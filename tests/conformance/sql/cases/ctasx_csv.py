MODES = {'batch'}
TAGS = ['ctas']
from ddl import *
SETUP = [ORDERS, "CREATE TABLE big WITH ('connector'='filesystem','path'='{out}/big','format'='csv') AS SELECT currency, COUNT(*) AS n, SUM(amount) AS s FROM orders GROUP BY currency"]
QUERY = """SELECT * FROM big"""
