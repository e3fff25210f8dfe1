MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES A.vol AS a, B.vol AS b, C.vol AS c ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B? C) DEFINE A AS A.vol > 22, B AS B.vol < 12, C AS C.vol BETWEEN 10 AND 20) AS m"""
