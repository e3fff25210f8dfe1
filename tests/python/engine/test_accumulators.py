"""Accumulators of user functions, merged over subtasks and attempts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from programs import FailOnce, MakeEnv

from headrace.common import (
    AverageAccumulator,
    DoubleMinimum,
    Histogram,
    IntCounter,
    ListAccumulator,
    LongMaximum,
)
from headrace.datastream import MapFunction, RuntimeContext
from headrace.testing import OperatorHarness


class Measured(MapFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_int_counter("count")
        self.all = {
            "histogram": Histogram(),
            "list": ListAccumulator[int](),
            "mean": AverageAccumulator(),
            "max": LongMaximum(),
            "min": DoubleMinimum(),
        }
        for name, accumulator in self.all.items():
            runtime_context.add_accumulator(name, accumulator)

    def map(self, value: Any) -> Any:
        self.count.add(1)
        for name, accumulator in self.all.items():
            accumulator.add(value % 3 if name == "histogram" else value)
        return value


def test_accumulators_are_merged_over_subtasks(make_env: MakeEnv, parallelism: int) -> None:
    env = make_env(parallelism)
    env.from_collection(list(range(10))).rebalance().map(Measured()).filter(lambda v: False).print()
    result = env.execute()
    found = result.get_all_accumulator_results()
    assert sorted(found.pop("list")) == list(range(10))
    assert found == {
        "count": 10,
        "histogram": {0: 4, 1: 3, 2: 3},
        "mean": 4.5,
        "max": 9,
        "min": 0,
    }
    assert result.get_accumulator_result("count") == 10
    assert result.get_accumulator_result("none") is None


def test_an_attempt_that_failed_does_not_count(make_env: MakeEnv, tmp_path: Path) -> None:
    env = make_env(1, "BATCH")  # starts again from the beginning
    slow = env.from_collection(list(range(50))).map(FailOnce(40, tmp_path, 0))
    slow.map(Measured()).filter(lambda v: False).print()
    assert env.execute().get_accumulator_result("count") == 50


def test_a_running_job_is_asked(make_env: MakeEnv) -> None:
    env = make_env(1)
    env.from_collection([1, 2]).map(Measured()).filter(lambda v: False).print()
    client = env.execute_async()
    client.get_job_execution_result().result()
    assert client.get_accumulators().result()["count"] == 2


def test_a_name_is_given_once(make_env: MakeEnv) -> None:
    class Twice(MapFunction):
        def open(self, runtime_context: RuntimeContext) -> None:
            runtime_context.add_accumulator("n", IntCounter())
            runtime_context.add_accumulator("n", IntCounter())

        def map(self, value: Any) -> Any:
            return value

    env = make_env(1, **{"restart-strategy.type": "none"})
    with pytest.raises(ValueError, match="'n' already exists"):
        list(env.from_collection([1]).map(Twice()).execute_and_collect())


def test_kinds_are_checked(make_env: MakeEnv) -> None:
    class Mixed(MapFunction):
        def open(self, runtime_context: RuntimeContext) -> None:
            runtime_context.get_int_counter("n")
            runtime_context.get_histogram("n")

        def map(self, value: Any) -> Any:
            return value

    stream = make_env(1).from_collection([1]).map(Mixed())
    with pytest.raises(TypeError, match="'n' is a IntCounter, not a Histogram"):
        OperatorHarness(stream)


def test_accumulators_of_worker_processes_come_home(make_env: MakeEnv, parallelism: int) -> None:
    env = make_env(parallelism, **{"python.execution-mode": "process"})
    env.from_collection(list(range(10))).rebalance().map(Measured()).filter(lambda v: False).print()
    found = env.execute().get_all_accumulator_results()
    assert sorted(found["list"]) == list(range(10))
    assert (found["count"], found["mean"], found["histogram"]) == (10, 4.5, {0: 4, 1: 3, 2: 3})
