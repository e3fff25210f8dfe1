"""The job that is killed: from one topic through a Python function into another, exactly once."""

from __future__ import annotations

import sys
import time

from headrace.common import Configuration
from headrace.table import DataTypes, EnvironmentSettings, TableEnvironment
from headrace.table.udf import udf


@udf(result_type=DataTypes.BIGINT())
def slow(n: int) -> int:
    """The number, a little later."""
    if n % 100 == 0:
        time.sleep(0.004)
    return n


def main(work: str, service: str) -> None:
    """Runs the job to its end."""
    config = Configuration()
    for key, value in {
        "execution.checkpointing.interval": "100 ms",
        "execution.checkpointing.dir": f"{work}/checkpoints",
        "execution.state-recovery.path": "latest",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1000",
        "restart-strategy.fixed-delay.delay": "100 ms",
        "headrace.batch.rows": "100",
    }.items():
        config.set_string(key, value)
    tables = TableEnvironment.create(
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(config).build()
    )
    tables.create_temporary_system_function("slow", slow)
    common = f"'connector' = 'pulsar', 'service-url' = '{service}', 'format' = 'json'"
    tables.execute_sql(
        f"""CREATE TABLE source (n BIGINT) WITH ({common}, 'topics' = 'in',
              'source.subscription-name' = 'headrace', 'source.stop.at-message-id' = 'latest',
              'source.stop.streaming' = 'true')"""
    )
    tables.execute_sql(
        f"""CREATE TABLE sink (n BIGINT) WITH ({common}, 'topics' = 'out',
              'sink.delivery-guarantee' = 'exactly-once',
              'pulsar.sink.transactionTimeoutMillis' = '1800000')"""
    )
    print("started", flush=True)
    tables.execute_sql("INSERT INTO sink SELECT slow(n) FROM source").wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
