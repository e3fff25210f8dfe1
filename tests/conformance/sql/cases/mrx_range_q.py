MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES FIRST(A.ts) AS t0, LAST(A.ts) AS t1, SUM(A.vol) AS v ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A{3,5} B) DEFINE A AS A.vol > 10, B AS B.vol <= 10) AS m"""
