"""Tools for testing functions and pipelines without running a job.

>>> from headrace.datastream import StreamExecutionEnvironment
>>> env = StreamExecutionEnvironment.get_execution_environment()
>>> sums = env.from_collection([]).key_by(lambda e: e[0]).sum(1)
>>> harness = OperatorHarness(sums)
>>> harness.push(("a", 1))
>>> harness.push(("a", 2))
>>> harness.take()
[('a', 1), ('a', 3)]
"""

from headrace.testing.harness import Emitted, OperatorHarness

__all__ = ["Emitted", "OperatorHarness"]
