"""DuckDB's arrow function a*b+sin(a)."""
import common
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

try:
    from duckdb.sqltypes import DOUBLE
except ImportError:  # before DuckDB 1.4
    from duckdb.typing import DOUBLE

N = 16_777_216
t = pa.table({"a": np.random.default_rng(1).random(N), "b": np.random.default_rng(2).random(N)})
con = duckdb.connect()
con.execute("SET threads = 1")
con.create_function("f", lambda a, b: pc.add(pc.multiply(a, b), pc.sin(a)), [DOUBLE, DOUBLE],
                    DOUBLE, type="arrow")


def run(n):
    con.register("part", t.slice(0, n))
    con.sql("SELECT sum(f(a, b)) FROM part").fetchall()
    return n


common.timed(run, N)
