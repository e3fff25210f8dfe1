"""The SQL job that is killed: numbers at a limited rate into files that are committed once. They
roll often and are compacted, so that a kill hits that too."""

from __future__ import annotations

import sys

from headrace.common import Configuration
from headrace.table import EnvironmentSettings, TableEnvironment


def main(work: str, rows: int, keys: int, settings: dict[str, str]) -> None:
    """Runs the job to its end."""
    config = Configuration()
    for key, value in {
        "execution.checkpointing.interval": "100 ms",
        "execution.checkpointing.dir": f"{work}/checkpoints",
        "execution.state-recovery.path": "latest",
        "headrace.batch.rows": "100",
        **settings,
    }.items():
        config.set_string(key, value)
    tables = TableEnvironment.create(
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(config).build()
    )
    tables.execute_sql(
        f"""CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen',
              'fields.n.kind' = 'sequence', 'fields.n.start' = '0',
              'fields.n.end' = '{rows - 1}', 'rows-per-second' = '40000')"""
    )
    tables.execute_sql(
        f"""CREATE TABLE files (k BIGINT, c BIGINT) WITH ('connector' = 'filesystem',
              'path' = '{work}/out', 'format' = 'csv', 'auto-compaction' = 'true',
              'sink.rolling-policy.file-size' = '4 kb', 'compaction.file-size' = '1 mb')"""
    )
    print("started", flush=True)
    tables.execute_sql(
        f"INSERT INTO files SELECT MOD(n, {keys}), n / {keys} + 1 FROM numbers"
    ).wait()


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        dict(s.split("=", 1) for s in sys.argv[4:]),
    )
