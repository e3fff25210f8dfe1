"""DuckDB's native Python function, called once a row."""
import common
import duckdb
import pyarrow as pa

try:
    from duckdb.sqltypes import BIGINT
except ImportError:  # before DuckDB 1.4
    from duckdb.typing import BIGINT

t = pa.table({"x": pa.array(range(1_000_000))})
con = duckdb.connect()
con.execute("SET threads = 1")
con.create_function("plus", lambda x: x + 1, [BIGINT], BIGINT)


def run(n):
    con.register("part", t.slice(0, n))
    con.sql("SELECT sum(plus(x)) FROM part").fetchall()
    return n


common.timed(run, t.num_rows)
