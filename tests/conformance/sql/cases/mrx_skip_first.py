MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES FIRST(B.ts) AS b0, COUNT(B.ts) AS n, C.price AS c ONE ROW PER MATCH AFTER MATCH SKIP TO FIRST B PATTERN (A B+ C) DEFINE A AS A.vol > 15, B AS B.vol BETWEEN 5 AND 25, C AS C.vol < 5) AS m"""
