MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES FIRST(A.price) AS a, LAST(A.price) AS z ONE ROW PER MATCH AFTER MATCH SKIP TO NEXT ROW PATTERN (A{3}) DEFINE A AS A.price > 110) AS m"""
