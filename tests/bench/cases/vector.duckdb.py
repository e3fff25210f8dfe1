"""DuckDB's arrow function a*b+sin(a)."""
import json
import time

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.typing import DOUBLE

N = 16_777_216
t = pa.table({"a": np.random.default_rng(1).random(N), "b": np.random.default_rng(2).random(N)})
con = duckdb.connect()
con.execute("SET threads = 1")


def f(a, b):
    return pc.add(pc.multiply(a, b), pc.sin(a))


con.create_function("f", f, [DOUBLE, DOUBLE], DOUBLE, type="arrow")
con.sql("SELECT sum(f(a, b)) FROM t LIMIT 1").fetchall()
s = time.perf_counter()
con.sql("SELECT sum(f(a, b)) FROM t").fetchall()
print(json.dumps({"rows": N, "seconds": time.perf_counter() - s}))
