"""What the parquet_scan cases read: four columns of TPC-H's lineitem, one of them texts."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tpch"))
import tpch

DIRECTORY = tpch.data(1)
ROWS = 6_001_215
QUERY = """
SELECT COUNT(*), SUM(l_partkey), SUM(l_extendedprice), SUM(CHAR_LENGTH(l_shipmode)),
       SUM(CASE WHEN l_shipdate < DATE '1995-01-01' THEN 1 ELSE 0 END)
FROM lineitem"""
