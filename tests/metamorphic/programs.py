"""The programs whose answers must not depend on how they are run."""

from __future__ import annotations

import collections
import os
import random
from collections.abc import Iterator
from pathlib import Path

from headrace.common import Configuration, Duration, RowKind, Time, Types, WatermarkStrategy
from headrace.common.watermark_strategy import TimestampAssigner
from headrace.datastream import (
    KeyedProcessFunction,
    ProcessWindowFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from headrace.datastream.state import MapStateDescriptor, ValueStateDescriptor
from headrace.datastream.window import TumblingEventTimeWindows
from headrace.table import EnvironmentSettings, TableEnvironment

Answer = collections.Counter[tuple[object, ...]]

QUERIES = [
    # An aggregate with every kind of accumulator, over a join.
    """SELECT r.name, COUNT(*), SUM(o.amount), MIN(o.amount), MAX(o.amount),
         COUNT(DISTINCT o.customer)
       FROM orders AS o JOIN regions AS r ON o.region = r.id
       GROUP BY r.name""",
    # An outer join that takes rows back, then an aggregate of an aggregate.
    """SELECT n, COUNT(*) FROM (
         SELECT r.id, COUNT(o.id) AS n FROM regions AS r
         LEFT JOIN orders AS o ON o.region = r.id AND o.amount > 50 GROUP BY r.id)
       GROUP BY n""",
    # The best of each region.
    """SELECT region, id, amount FROM (
         SELECT *, ROW_NUMBER() OVER (PARTITION BY region ORDER BY amount DESC, id) AS rk
         FROM orders) WHERE rk <= 3""",
    # Windows of event time.
    """SELECT region, window_start, COUNT(*), SUM(amount)
       FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND))
       GROUP BY region, window_start, window_end""",
    # A semi-join, a union and a distinct.
    """SELECT DISTINCT customer FROM orders WHERE region IN (SELECT id FROM regions)
       UNION ALL SELECT id FROM regions""",
]


def write_tables(work: Path, rng: random.Random) -> None:
    """Makes the files of the SQL tables, in order of event time up to 5 seconds."""
    (work / "orders").mkdir()
    for part in range(2):
        at = 1_700_000_000  # 2023-11-14 22:13:20 UTC
        lines = []
        for n in range(rng.randrange(300, 600)):
            at += rng.randrange(0, 3)
            when = at - rng.randrange(0, 5)
            clock = f"{when % 86400 // 3600:02}:{when % 3600 // 60:02}:{when % 60:02}"
            lines.append(
                f"{part * 10_000 + n},{rng.randrange(12)},{rng.randrange(40)},"
                f"{rng.randrange(100)},2023-11-14 {clock}"
            )
        (work / "orders" / f"{part}.csv").write_text("\n".join(lines) + "\n")
    (work / "regions").mkdir()
    (work / "regions" / "all.csv").write_text("".join(f"{i},r{i % 4}\n" for i in range(10)))


def sql(work: Path, query: str, settings: dict[str, str]) -> Answer:
    """Runs a query and folds its changes."""
    config = Configuration()
    for key, value in settings.items():
        config.set_string(key, value)
    builder = EnvironmentSettings.new_instance().with_configuration(config)
    if settings["execution.runtime-mode"] == "BATCH":
        builder.in_batch_mode()
    else:
        builder.in_streaming_mode()
    tables = TableEnvironment.create(builder.build())
    tables.execute_sql(
        f"""CREATE TABLE orders (id INT, region INT, customer INT, amount INT, ts TIMESTAMP(3),
              WATERMARK FOR ts AS ts - INTERVAL '1' HOUR)
            WITH ('connector' = 'filesystem', 'path' = '{work}/orders', 'format' = 'csv')"""
    )
    tables.execute_sql(
        f"""CREATE TABLE regions (id INT, name STRING)
            WITH ('connector' = 'filesystem', 'path' = '{work}/regions', 'format' = 'csv')"""
    )
    folded: Answer = collections.Counter()
    with tables.execute_sql(query).collect() as rows:
        for row in rows:
            taken_back = row.get_row_kind() in (RowKind.UPDATE_BEFORE, RowKind.DELETE)
            folded[tuple(row)] += -1 if taken_back else 1
    assert min(folded.values(), default=0) >= 0, "more is taken back than was there"
    return +folded


class Second(TimestampAssigner):
    """The event time is the second field."""

    def extract_timestamp(self, value: tuple[int, int], record_timestamp: int) -> int:
        return value[1]


class Seen(KeyedProcessFunction):
    """Gives each value's number among its equals, and with a timer how many values there were."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.total = runtime_context.get_state(ValueStateDescriptor("total", Types.LONG()))
        self.values = runtime_context.get_map_state(
            MapStateDescriptor("values", Types.LONG(), Types.LONG())
        )

    def process_element(
        self, value: tuple[int, int], ctx: KeyedProcessFunction.Context
    ) -> Iterator[tuple[str, int, int]]:
        self.total.update((self.total.value() or 0) + 1)
        at = value[1] // 1000
        n = (self.values.get(at) or 0) + 1
        self.values.put(at, n)
        ctx.timer_service().register_event_time_timer(10_000_000)
        yield "nth", value[0], n

    def on_timer(
        self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext
    ) -> Iterator[tuple[str, int, int]]:
        yield "total", ctx.get_current_key(), self.total.value()


class Size(ProcessWindowFunction):
    """Gives key, window start and number of elements."""

    def process(
        self, key: int, context: ProcessWindowFunction.Context, elements: list[tuple[int, int]]
    ) -> Iterator[tuple[str, int, int]]:
        yield f"window {context.window().start}", key, len(list(elements))


def fail_once(marker: Path, at: int) -> object:
    """A map function that fails when row number at comes by, in one run only."""
    count = 0

    def check(value: tuple[int, int]) -> tuple[int, int]:
        nonlocal count
        count += 1
        if count == at and not os.path.exists(marker):
            marker.touch()
            raise RuntimeError("fails once")
        return value

    return check


def data_stream(work: Path, rows: list[tuple[int, int]], settings: dict[str, str]) -> Answer:
    """Runs the DataStream program; "test.fail-at" is the row at which it fails once."""
    config = Configuration()
    for key, value in settings.items():
        if not key.startswith("test."):
            config.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    pair = Types.TUPLE([Types.LONG(), Types.LONG()])
    triple = Types.TUPLE([Types.STRING(), Types.LONG(), Types.LONG()])
    stream = env.from_collection(rows, pair)
    if "test.fail-at" in settings:
        stream = stream.map(fail_once(work / "failed", int(settings["test.fail-at"])), pair)
    timed = stream.assign_timestamps_and_watermarks(
        WatermarkStrategy.for_bounded_out_of_orderness(
            Duration.of_seconds(100)
        ).with_timestamp_assigner(Second())
    )
    keyed = timed.rebalance().key_by(lambda v: v[0], Types.LONG())
    seen = keyed.process(Seen(), triple)
    windows = keyed.window(TumblingEventTimeWindows.of(Time.seconds(10))).process(Size(), triple)
    with seen.union(windows).execute_and_collect("seen") as results:
        return collections.Counter(tuple(r) for r in results)
