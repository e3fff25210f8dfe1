"""COUNT, SUM, MAX by 1,000 keys in tumbling event-time windows over the file, streaming."""
import common
import flinkapi
import tumbling

env = flinkapi.environment("headrace")
TABLE = """
CREATE TEMPORARY TABLE t{n} (
    ts TIMESTAMP(3), k BIGINT, v BIGINT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'parquet')"""
QUERY = """
SELECT COUNT(*) AS n, SUM(v) AS s, MAX(v) AS m
FROM TABLE(TUMBLE(TABLE t{n}, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, k"""


def query(n):
    env.execute_sql(TABLE.format(n=n, path=tumbling.file(n)))
    with env.execute_sql(QUERY.format(n=n)).collect() as rows:
        counts = [r[0] for r in rows]
    assert n < tumbling.N or len(counts) == tumbling.WINDOWS
    return sum(counts)


tumbling.file(tumbling.N)
common.timed(query, tumbling.N)
