"""The map that computes: every engine and mode runs the same function over the same numbers."""

from __future__ import annotations

import common

ROWS = 200_000


def work(value: int) -> int:
    """About 20 µs of pure Python."""
    x = value
    for _ in range(300):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    return x


def of_headrace(parallelism: int, mode: str) -> None:
    """Times the map; starting the workers is part of it."""
    from headrace.common import Configuration
    from headrace.datastream import StreamExecutionEnvironment

    data = list(range(ROWS))

    def run(n: int) -> int:
        config = Configuration()
        config.set_string("python.execution-mode", mode)
        env = StreamExecutionEnvironment.get_execution_environment(config)
        env.set_parallelism(parallelism)
        stream = env.from_collection(data[:n]).rebalance().map(work)
        with stream.execute_and_collect() as results:
            return sum(1 for _ in results)

    common.timed(run, len(data))
