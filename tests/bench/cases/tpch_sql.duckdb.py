"""The 22 queries of TPC-H on as many threads."""
import tpch22

con = tpch22.tpch.duckdb(tpch22.DIRECTORY)
tpch22.timed(lambda sql: con.execute(sql).fetchall())
