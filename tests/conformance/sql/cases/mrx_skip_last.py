MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES A.ts AS a, LAST(B.ts) AS bl, C.ts AS c ONE ROW PER MATCH AFTER MATCH SKIP TO LAST B PATTERN (A B+ C) DEFINE A AS A.price > 100, B AS B.price < A.price, C AS C.price > A.price) AS m"""
