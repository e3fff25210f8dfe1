"""A map of about 20 microseconds an element, in worker processes."""

from __future__ import annotations

import common
import flinkapi


def work(x: int) -> int:
    total = 0
    for i in range(400):
        total += i ^ x
    return total


def run(parallelism: int) -> None:
    """Times 200,000 elements; the processes' start is part of it, once a run."""
    data = list(range(200_000))

    def once(n: int) -> int:
        env = flinkapi.stream_environment("headrace", {"python.execution-mode": "process"})
        env.set_parallelism(parallelism)
        stream = env.from_collection(data[:n]).rebalance().map(work)
        return flinkapi.collected(stream)

    common.timed(once, len(data))
