"""A job changes its parallelism while it runs and is reached over HTTP; stages of objects spill."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.common import Configuration, Encoder, Types, WatermarkStrategy
from headrace.datastream import (
    KeyedProcessFunction,
    MapFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from headrace.datastream.connectors.file_system import FileSink, RollingPolicy
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.state import ValueStateDescriptor

ROWS, KEYS = 6000, 7


class Slowly(MapFunction):
    """Passes rows on, so slowly that the job is met while it runs."""

    def __init__(self) -> None:
        self.rows = 0

    def map(self, value: int) -> int:
        self.rows += 1
        if self.rows % 50 == 0:
            time.sleep(0.02)
        return value


class Count(KeyedProcessFunction):
    """Gives the key and how many rows it has had."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield f"{ctx.get_current_key()},{count}"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return int(s.getsockname()[1])


def lines(folder: Path) -> list[str]:
    """What was committed."""
    files = [p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "_"))]
    return sorted(line for p in files for line in p.read_text().split())


def test_rescale_and_rest(tmp_path: Path) -> None:
    port = free_port()
    config = Configuration()
    config.set_string("execution.checkpointing.interval", "100 ms")
    config.set_string("headrace.batch.rows", "50")
    config.set_string("rest.port", str(port))
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(2)
    sink = (
        FileSink.for_row_format(str(tmp_path), Encoder.simple_string_encoder())
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .build()
    )
    numbers = env.from_source(
        NumberSequenceSource(0, ROWS - 1), WatermarkStrategy.no_watermarks(), "numbers"
    )
    slow = numbers.map(Slowly(), Types.LONG())
    counts = slow.key_by(lambda n: n % KEYS, Types.LONG()).process(Count(), Types.STRING())
    counts.name("count").sink_to(sink)
    job = env.execute_async("scaled")

    def get(path: str) -> Any:
        with urllib.request.urlopen(f"http://localhost:{port}{path}") as answer:
            return json.load(answer)

    while job.get_job_status().result().name == "CREATED":
        time.sleep(0.001)
    job.rescale(3).result()
    path = f"/jobs/{job.get_job_id()}"
    assert {v["parallelism"] for v in get(path)["vertices"]} == {3}
    job.get_job_execution_result().result()
    assert get(path)["state"] == "FINISHED"
    [change] = get(f"{path}/rescales/history")["rescales"]
    assert change["terminalState"] == "COMPLETED"
    assert {v["preRescaleParallelism"] for v in change["vertices"].values()} == {2}
    wanted = [f"{k},{i + 1}" for k in range(KEYS) for i in range(len(range(k, ROWS, KEYS)))]
    assert lines(tmp_path) == sorted(wanted)


def test_stages_of_objects_go_to_disk() -> None:
    config = Configuration()
    config.set_string("execution.runtime-mode", "BATCH")
    config.set_string("headrace.batch-shuffle.memory", "1 kb")
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(2)
    rows = env.from_collection(list(range(5000))).rebalance()
    dicts = rows.map(lambda v: {"n": v, "s": "x" * (v % 9)})
    sums = dicts.key_by(lambda d: d["n"] % 5).reduce(lambda a, b: {**a, "n": a["n"] + b["n"]})
    with sums.execute_and_collect() as results:
        got = sorted(d["n"] for d in results)
    assert got == sorted(sum(range(k, 5000, 5)) for k in range(5))


def test_a_task_is_called_as_flink_calls_it(capfd: pytest.CaptureFixture[str]) -> None:
    class Named(MapFunction):
        def open(self, runtime_context: Any) -> None:
            self.name = runtime_context.get_task_name()

        def map(self, value: Any) -> str:
            return self.name

    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    named = env.from_collection([1]).map(Named(), Types.STRING())
    named.print()
    named.map(lambda v: v, Types.STRING()).filter(bool).name("some").print().name("out")
    env.execute()
    task = "Source: Collection Source -> Map -> (Sink: Print to Std. Out, Map, some -> Sink: out)"
    assert capfd.readouterr().out.splitlines() == [task, task]
