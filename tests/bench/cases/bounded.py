"""Bounded work by key, run as a batch and as a stream on pebble with a checkpoint every second.

Numbers come from the engine and go to a table that drops them. BENCH_ROWS says how many."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

import common
import flinkapi

from headrace.common import Duration, TimestampAssigner, Types, WatermarkStrategy
from headrace.datastream import CoGroupFunction, KeyedProcessFunction
from headrace.datastream.connectors.hybrid_source import HybridSource
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window import TumblingEventTimeWindows
from headrace.table import StreamTableEnvironment

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
SPREAD = 7_919  # a prime: neighbours are of different keys
BATCH = {"execution.runtime-mode": "BATCH"}


def streaming(folder: str) -> dict[str, str]:
    return {"execution.runtime-mode": "STREAMING", "state.backend.type": "pebble",
            "execution.checkpointing.interval": "1 s",
            "execution.checkpointing.dir": f"file://{folder}"}


def timed(build: Callable[[Any, int], Any], mode: str) -> None:
    """Times a program whose rows are pairs of BIGINT."""
    with tempfile.TemporaryDirectory() as folder:
        options = BATCH if mode == "batch" else streaming(folder)
        if mode == "backlog":
            options["execution.checkpointing.interval-during-backlog"] = "0"

        def run(n: int) -> int:
            env = flinkapi.stream_environment("headrace", options)
            tables = StreamTableEnvironment.create(env)
            tables.execute_sql("CREATE TEMPORARY TABLE nowhere (k BIGINT, v BIGINT) "
                               "WITH ('connector' = 'blackhole')")
            sink = tables.from_data_stream(build(env, n))
            sink.execute_insert("nowhere").wait()
            return n

        common.timed(run, ROWS)


PAIR = Types.TUPLE([Types.LONG(), Types.LONG()])


def pairs(env: Any, first: int, end: int, keys: int, hybrid: bool = False) -> Any:
    """(key, number) for numbers from first up to end."""
    source: Any = NumberSequenceSource(first, end - 1)
    if hybrid:  # one number is of the present
        present = NumberSequenceSource(end - 1, end - 1)
        source = HybridSource.builder(NumberSequenceSource(first, end - 2)).add_source(present)
        source = source.build()
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
    return numbers.map(lambda n: (n * SPREAD % keys, n), PAIR)


def sums(mode: str, keys: int) -> None:
    """sum(1) by key."""
    timed(lambda env, n: pairs(env, 0, n, keys).key_by(lambda p: p[0], Types.LONG()).sum(1), mode)


class Count(KeyedProcessFunction):
    """Counts the elements of a key and gives the count."""

    def open(self, runtime_context: Any) -> None:
        self.seen = runtime_context.get_state(ValueStateDescriptor("seen", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> Any:
        n = (self.seen.value() or 0) + 1
        self.seen.update(n)
        yield value[0], n


def process(mode: str, keys: int, hybrid: bool = False) -> None:
    """A keyed process function with a value of each key."""
    timed(lambda env, n: pairs(env, 0, n, keys, hybrid).key_by(lambda p: p[0], Types.LONG())
          .process(Count(), PAIR), mode)


class Sizes(CoGroupFunction):
    """How many elements the two groups have."""

    def co_group(self, first: Any, second: Any) -> Any:
        yield sum(1 for _ in first), sum(1 for _ in second)


class Number(TimestampAssigner):
    """The number is the time."""

    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        return int(value[1])


def co_group(windows: bool, keys: int) -> None:
    """Two streams of half the rows; all of them in one window, or until the end of the stream."""
    by_number = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Number())

    def build(env: Any, n: int) -> Any:
        streams = [pairs(env, 0, n // 2, keys) for _ in range(2)]
        if windows:
            streams = [s.assign_timestamps_and_watermarks(by_number) for s in streams]
        grouped = streams[0].co_group(streams[1]).where(lambda p: p[0]).equal_to(lambda p: p[0])
        if windows:
            grouped = grouped.window(TumblingEventTimeWindows.of(Duration.of_days(1)))
        return grouped.apply(Sizes(), PAIR)

    timed(build, "streaming")
