"""Tools for testing functions and pipelines: a harness for one operator, a source for jobs.

headrace.testing.plugin makes them pytest fixtures.

>>> from headrace.datastream import StreamExecutionEnvironment
>>> env = StreamExecutionEnvironment.get_execution_environment()
>>> sums = env.from_collection([]).key_by(lambda e: e[0]).sum(1)
>>> harness = OperatorHarness(sums)
>>> harness.push(("a", 1))
>>> harness.push(("a", 2))
>>> harness.take()
[('a', 1), ('a', 3)]
"""

from headrace.testing.clock import ManualClock
from headrace.testing.harness import Emitted, OperatorHarness
from headrace.testing.source import (
    At,
    ProcessingTime,
    Watermark,
    bounded_source,
    jumping_clock,
)

__all__ = [
    "At",
    "Emitted",
    "ManualClock",
    "OperatorHarness",
    "ProcessingTime",
    "Watermark",
    "bounded_source",
    "jumping_clock",
]
