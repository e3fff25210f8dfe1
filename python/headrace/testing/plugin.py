"""The pytest plugin: fixtures for jobs and for single operators. It is found by its entry point.

``headrace_env``: an environment with one subtask an operator and without restarts.
``headrace_clock``: a ManualClock at 0, which the harnesses of the test share.
``operator_harness``: makes OperatorHarness objects and closes them at the end of the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from headrace.datastream import DataStream, StreamExecutionEnvironment
    from headrace.testing import ManualClock, OperatorHarness


@pytest.fixture
def headrace_env() -> StreamExecutionEnvironment:
    """An environment with one subtask an operator; a failed job does not start again."""
    from headrace.common import Configuration
    from headrace.datastream import StreamExecutionEnvironment

    config = Configuration()
    config.set_string("restart-strategy.type", "none")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    return env.set_parallelism(1)


@pytest.fixture
def headrace_clock() -> ManualClock:
    """A clock at 0."""
    from headrace.testing import ManualClock

    return ManualClock()


@pytest.fixture
def operator_harness(headrace_clock: ManualClock) -> Iterator[Callable[..., OperatorHarness]]:
    """Makes harnesses that share headrace_clock; takes what OperatorHarness takes."""
    from headrace.testing import OperatorHarness

    made: list[OperatorHarness] = []

    def make(stream: DataStream[Any], **settings: Any) -> OperatorHarness:
        settings.setdefault("clock", headrace_clock)
        made.append(OperatorHarness(stream, **settings))
        return made[-1]

    yield make
    for harness in reversed(made):
        harness.close()
