"""What the udaf_window cases share: windows of 100 rows of each of 1,000 keys."""

from __future__ import annotations

KEYS = 1000
SOURCE = """
CREATE TEMPORARY TABLE t{n} (x BIGINT, k AS MOD(x, {keys}), v AS CAST(x AS DOUBLE),
    ts AS TO_TIMESTAMP_LTZ(x / {keys}, 3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'datagen', 'fields.x.kind' = 'sequence',
    'fields.x.start' = '0', 'fields.x.end' = '{last}', 'number-of-rows' = '{n}',
    'rows-per-second' = '1000000000')"""
QUERY = """
SELECT k, spread(v) FROM TABLE(TUMBLE(TABLE t{n}, DESCRIPTOR(ts), INTERVAL '0.1' SECOND))
GROUP BY k, window_start, window_end"""


def run(env, spread, n):
    """Aggregates n rows by key and window of 100 rows; returns n."""
    env.create_temporary_function("spread", spread)
    env.execute_sql(SOURCE.format(n=n, keys=KEYS, last=n - 1))
    with env.execute_sql(QUERY.format(n=n)).collect() as rows:
        windows = sum(1 for _ in rows)
    assert windows == -(-n // (100 * KEYS)) * KEYS, windows
    return n
