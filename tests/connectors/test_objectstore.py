"""Files and checkpoints in an object store: the bucket in memory, which every process has."""

from __future__ import annotations

from headrace.common import Configuration
from headrace.table import EnvironmentSettings, TableEnvironment


def test_files_and_checkpoints_in_a_bucket() -> None:
    """What a checkpointed job writes into a bucket is there once, and complete."""
    config = Configuration()
    config.set_string("execution.checkpointing.interval", "50 ms")
    config.set_string("execution.checkpointing.dir", "mem://bucket/checkpoints")
    tables = TableEnvironment.create(
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(config).build()
    )
    tables.execute_sql(
        """CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen',
             'rows-per-second' = '3000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '0',
             'fields.n.end' = '1999')"""
    )
    tables.execute_sql(
        """CREATE TABLE files (n BIGINT) WITH ('connector' = 'filesystem',
             'path' = 'mem://bucket/out', 'format' = 'csv')"""
    )
    tables.execute_sql("INSERT INTO files SELECT n FROM numbers").wait()
    rows = tables.execute_sql("SELECT n FROM files").collect()
    assert sorted(row[0] for row in rows) == list(range(2000))
