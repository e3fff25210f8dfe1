MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES A.price AS p, COUNT(X.price) AS n, B.price AS q ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A X*? B) DEFINE A AS A.vol > 20, B AS B.vol < 5) AS m"""
