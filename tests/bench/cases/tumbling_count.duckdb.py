"""COUNT, SUM, MAX by 1,000 keys and window, as a GROUP BY over the file."""
import common
import duckdb
import tumbling

con = duckdb.connect()
con.execute("SET threads = 1")
QUERY = """
SELECT count(*), sum(n) FROM (
    SELECT epoch_ms(ts) // {ms} AS w, k, count(*) AS n, sum(v) AS s, max(v) AS m
    FROM read_parquet('{file}') GROUP BY w, k)"""


def query(n):
    sql = QUERY.format(file=tumbling.file(n), ms=tumbling.WINDOW_MS)
    groups, rows = con.execute(sql).fetchall()[0]
    assert n < tumbling.N or groups == tumbling.WINDOWS
    return int(rows)


tumbling.file(tumbling.N)
common.timed(query, tumbling.N)
