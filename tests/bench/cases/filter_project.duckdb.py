"""The same over the same table in DuckDB; the sum makes it compute all rows."""
import common
import duckdb
import numpy as np
import pyarrow as pa

N = 33_554_432
rng = np.random.default_rng(1)
data = pa.table({"a": rng.integers(0, 1000, N), "b": rng.integers(0, 1000, N)})
con = duckdb.connect()
con.execute("SET threads = 1")


def run(n):
    part = data.slice(0, n)  # DuckDB finds it by its name
    assert con.execute("SELECT sum(a + b) FROM part WHERE a < 500").fetchall() and part
    return n


common.timed(run, N)
