"""What functions count is among the job's metrics, in one process or with workers."""

from __future__ import annotations

import time
from typing import Any

import pytest

from headrace.common import Configuration, WatermarkStrategy
from headrace.datastream import RuntimeContext, StreamExecutionEnvironment
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.functions import MapFunction
from headrace.table import DataTypes, StreamTableEnvironment
from headrace.table.udf import FunctionContext, ScalarFunction, udf

MODES = pytest.mark.parametrize("mode", ["thread", "process"])


class Counting(MapFunction):  # type: ignore[type-arg]
    """Counts in every kind of metric."""

    def open(self, runtime_context: RuntimeContext) -> None:
        group = runtime_context.get_metrics_group().add_group("mine").add_group("kind", "all")
        self.last = 0
        self.rows = group.counter("rows")
        self.marks = group.meter("marks")
        self.sizes = group.distribution("sizes")
        group.gauge("last", lambda: self.last)

    def map(self, value: int) -> int:
        self.last = value
        self.rows.inc(2)
        self.marks.mark_event()
        self.sizes.update(value)
        return value


class Tripled(ScalarFunction):
    """Counts its calls."""

    def open(self, function_context: FunctionContext) -> None:
        self.calls = function_context.get_metric_group().counter("calls")

    def eval(self, x: int) -> int:
        self.calls.inc()
        return 3 * x


def environment(mode: str) -> StreamExecutionEnvironment:
    config = Configuration()
    config.set_string("python.execution-mode", mode)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    return env


def shown(metrics: dict[str, Any], name: str) -> Any:
    """The one metric whose name ends so."""
    [value] = [v for k, v in metrics.items() if k.endswith("." + name)]
    return value


@MODES
def test_metrics_of_a_stream(mode: str) -> None:
    env = environment(mode)
    env.from_collection([3, 9, 6]).map(Counting()).map(Counting()).print()
    job = env.execute_async("counting")
    job.get_job_execution_result().result()
    found = job.get_metrics()
    assert shown(found, "kind.all.rows") == 12  # both functions run in one operator
    assert shown(found, "kind.all.marks") == 6
    assert shown(found, "kind.all.last") == 6
    assert shown(found, "kind.all.sizes.max") == 9


@MODES
def test_metrics_of_a_query(mode: str) -> None:
    env = environment(mode)
    t_env = StreamTableEnvironment.create(env)
    t_env.create_temporary_function("tripled", udf(Tripled(), result_type=DataTypes.BIGINT()))
    t_env.execute_sql("CREATE TABLE sink (x BIGINT) WITH ('connector' = 'blackhole')")
    job = t_env.execute_sql(
        "INSERT INTO sink SELECT tripled(x) FROM (VALUES (1), (2), (3), (4)) AS t (x)"
    ).get_job_client()
    assert job is not None
    job.get_job_execution_result().result()
    assert shown(job.get_metrics(), "calls") == 4


def test_metrics_of_a_running_job_without_checkpoints() -> None:
    env = environment("thread")
    env.from_source(
        NumberSequenceSource(0, 1 << 60), WatermarkStrategy.no_watermarks(), "numbers"
    ).map(Counting()).filter(lambda _: False).print()
    job = env.execute_async("counting for ever")
    try:
        deadline = time.monotonic() + 120
        while not any(k.endswith("kind.all.rows") for k in job.get_metrics()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        job.cancel().result()
