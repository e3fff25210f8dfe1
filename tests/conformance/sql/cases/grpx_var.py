MODES = {'streaming', 'batch'}
TAGS = ['aggregate']
from ddl import *
SETUP = [ORDERS]
QUERY = """SELECT currency, STDDEV_POP(CAST(amount AS DOUBLE)) AS a, STDDEV_SAMP(CAST(qty AS DOUBLE)) AS b, VAR_POP(CAST(qty AS FLOAT)) AS c, VAR_SAMP(CAST(amount AS DOUBLE)) AS d FROM orders GROUP BY currency"""
