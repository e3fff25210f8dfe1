MODES = {'streaming'}
TAGS = ['match_recognize']
from ddl import *
SETUP = [TICKS]
QUERY = """SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY sym ORDER BY ts MEASURES A.price AS p0, LAST(B.price) AS low, LAST(C.price) AS hi, COUNT(B.price) AS nb ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C+ D) DEFINE B AS B.price < LAST(B.price, 1) OR (LAST(B.price, 1) IS NULL AND B.price < A.price), C AS C.price > LAST(B.price), D AS D.price <= LAST(C.price)) AS m"""
