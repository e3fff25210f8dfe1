"""A scan of four columns of a Parquet file, with sums that need all values."""
import common
import parquet_scan

env = parquet_scan.tpch.environment(parquet_scan.DIRECTORY, {"parallelism.default": "1"})
common.timed(lambda _: parquet_scan.tpch.rows(env, parquet_scan.QUERY)[0][0], parquet_scan.ROWS)
