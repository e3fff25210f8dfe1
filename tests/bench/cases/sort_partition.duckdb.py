"""The same sort in DuckDB with the same memory, from one table into another."""
import tempfile

import common
import duckdb

N = 1_000_000
con = duckdb.connect()
con.execute("SET threads = 1")
con.execute("SET memory_limit = '256MB'")
con.execute(f"SET temp_directory = '{tempfile.mkdtemp()}'")
con.execute(
    "CREATE TABLE t AS SELECT i, unhex(md5(i::VARCHAR)) AS k, repeat('p', 84)::BLOB AS v "
    f"FROM range({N}) AS r(i)"
)


def run(n):
    query = f"SELECT k, v FROM t WHERE i < {n} ORDER BY k"
    con.execute(f"CREATE OR REPLACE TEMPORARY TABLE s AS {query}")
    return con.execute("SELECT count(*) FROM s").fetchone()[0]


common.timed(run, N)
