"""The same scan in DuckDB, on one thread."""
import common
import parquet_scan

con = parquet_scan.tpch.duckdb(parquet_scan.DIRECTORY, threads=1)
common.timed(lambda _: con.execute(parquet_scan.QUERY).fetchall()[0][0], parquet_scan.ROWS)
