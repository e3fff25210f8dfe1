"""The batch job that is killed: joined, counted and sorted, all of it in next to no memory, into
files that are committed once."""

from __future__ import annotations

import sys

from headrace.table import EnvironmentSettings, TableEnvironment

ROWS = 300_000
KEYS = 30_000
NUMBERS = (
    "CREATE TABLE {name} (n BIGINT) WITH ('connector' = 'datagen', "
    "'rows-per-second' = '100000000', 'fields.n.kind' = 'sequence', "
    "'fields.n.start' = '0', 'fields.n.end' = '{last}')"
)
QUERY = f"""
INSERT INTO files
SELECT k, c, name FROM (
  SELECT /*+ {{hint}}(b) */ a.k, a.c, b.name
  FROM (SELECT n % {KEYS} AS k, COUNT(*) AS c FROM many GROUP BY n % {KEYS}) AS a
  JOIN (SELECT n AS k, CONCAT('name of ', CAST(n AS STRING)) AS name FROM few) AS b ON a.k = b.k
) ORDER BY name
"""


def main(work: str, hint: str) -> None:
    """Runs the job to its end."""
    env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    for key, value in {
        "parallelism.default": "2",
        "taskmanager.memory.managed.size": "64 kb",
        "headrace.batch-shuffle.memory": "64 kb",
        "io.tmp.dirs": f"{work}/tmp",
    }.items():
        env.get_config().set(key, value)
    env.execute_sql(NUMBERS.format(name="many", last=ROWS - 1))
    env.execute_sql(NUMBERS.format(name="few", last=KEYS - 1))
    env.execute_sql(
        "CREATE TABLE files (k BIGINT, c BIGINT, name STRING) WITH ('connector' = 'filesystem', "
        f"'path' = '{work}/out', 'format' = 'csv')"
    )
    print("started", flush=True)
    env.execute_sql(QUERY.format(hint=hint)).wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
