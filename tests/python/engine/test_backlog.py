"""Sources that catch up with the past first."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from programs import MakeEnv

from headrace.common import Row, RowKind, Time, TimestampAssigner, Types, WatermarkStrategy
from headrace.datastream import (
    KeyedProcessFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from headrace.datastream.connectors.base import Source, SourceReader
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window import TumblingEventTimeWindows
from headrace.table import StreamTableEnvironment


class Reader(SourceReader):
    def read(self, split: Any, position: Any) -> Iterator[tuple[Any, Any]]:
        for n in range(position or 0, 200):
            yield (split, n), n + 1


class Mixed(Source):
    """Splits of the past and of the present, mixed."""

    def splits(self) -> Iterable[Any]:
        return ["now-1", "old-1", "now-2", "old-2", "old-3"]

    def is_backlog(self, split: Any) -> bool:
        return split.startswith("old")

    def create_reader(self, context: Any) -> SourceReader:
        return Reader()


def run(env: StreamExecutionEnvironment, fail_once: Any) -> list[Any]:
    rows = env.from_source(Mixed(), WatermarkStrategy.no_watermarks(), "mixed")
    with rows.map(fail_once).execute_and_collect() as found:
        return list(found)


def test_the_past_is_read_first(make_env: MakeEnv, parallelism: int, fail_once: Any) -> None:
    interval = {"execution.checkpointing.interval-during-backlog": "0"}
    got = run(make_env(parallelism, **interval), fail_once(("old-2", 100)))
    assert sorted(got) == sorted((split, n) for split in Mixed().splits() for n in range(200))
    if parallelism == 1:
        assert {split for split, _ in got[:600]} == {"old-1", "old-2", "old-3"}


class Seconds(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        return 10 * value[1]


class Note(KeyedProcessFunction):
    """Gives key, number, how many of the key there were, the watermark; sets a timer a key."""

    def open(self, context: RuntimeContext) -> None:
        self.count = context.get_state(ValueStateDescriptor("count", Types.INT()))

    def process_element(self, value: Any, ctx: Any) -> Iterator[Any]:
        seen = (self.count.value() or 0) + 1
        self.count.update(seen)
        if value[0].startswith("old"):
            ctx.timer_service().register_event_time_timer(500)
        yield value[1] % 7, value, seen, ctx.timer_service().current_watermark()

    def on_timer(self, timestamp: int, ctx: Any) -> Iterator[Any]:
        now = ctx.timer_service().current_watermark()
        yield ctx.get_current_key(), "timer", self.count.value(), now


def watermarks() -> WatermarkStrategy:
    strategy = WatermarkStrategy.for_monotonous_timestamps()
    return strategy.with_timestamp_assigner(Seconds())


def test_keyed_input_of_the_past_is_sorted(
    make_env: MakeEnv, parallelism: int, fail_once: Any
) -> None:
    env = make_env(
        parallelism,
        **{"execution.checkpointing.interval-during-backlog": "0", "headrace.batch.rows": "64"},
    )
    rows = env.from_source(Mixed(), watermarks(), "mixed").map(fail_once(("old-2", 100)))
    noted = rows.key_by(lambda row: row[1] % 7).process(Note())
    got = list(noted.execute_and_collect())
    elements = [g for g in got if g[1] != "timer"]
    assert sorted(g[1] for g in elements) == sorted(
        (split, n) for split in Mixed().splits() for n in range(200)
    )
    for key in range(7):
        counts = [g[2] for g in elements if g[0] == key]
        assert counts == list(range(1, len(counts) + 1))
    least = min(g[3] for g in elements)
    past = [g for g in elements if g[1][0].startswith("old")]
    assert {g[3] for g in past} == {least}  # time stands still
    assert sum(g[1] == "timer" for g in got) == 7
    if parallelism == 1:
        keys = [g[0] for g in past]
        assert sum(a != b for a, b in itertools.pairwise(keys)) == 6  # one after the other
        # Timers of the past fire at its end, at the greatest watermark, and see all of it.
        first = next(i for i, g in enumerate(got) if g[1] == "timer")
        assert first == len(past)
        assert {g[3] for g in got[first : first + 7]} == {1989}
        assert sum(g[2] for g in got[first : first + 7]) == len(past)


def test_windows_of_the_past_are_those_of_a_stream(make_env: MakeEnv, parallelism: int) -> None:
    def counts(**config: str) -> list[Any]:
        env = make_env(parallelism, **config)
        rows = env.from_source(Mixed(), watermarks(), "mixed")
        keyed = rows.filter(lambda row: row[0].startswith("old")).key_by(lambda row: row[1] % 7)
        windows = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(250)))
        summed = windows.reduce(lambda a, b: (min(a[0], b[0]), a[1] + b[1]))
        return sorted(summed.execute_and_collect())

    batch = counts(**{"execution.runtime-mode": "BATCH"})
    assert len(batch) == 7 * 8
    assert counts(**{"execution.checkpointing.interval-during-backlog": "0"}) == batch


def test_reduce_goes_on_with_what_the_past_left(make_env: MakeEnv, parallelism: int) -> None:
    env = make_env(
        parallelism,
        **{
            "execution.checkpointing.interval-during-backlog": "0",
            "execution.sorted-inputs.memory": "4 kb",  # most of it goes to disk
        },
    )
    rows = env.from_source(Mixed(), WatermarkStrategy.no_watermarks(), "mixed")
    ones = rows.map(lambda row: (row[1] % 7, 1, row[0][:3]))
    sums = ones.key_by(lambda row: row[0]).reduce(lambda a, b: (a[0], a[1] + b[1], b[2]))
    got = list(sums.execute_and_collect())
    assert len(got) == 1000
    for key in range(7):
        mine = [g for g in got if g[0] == key]
        assert [g[1] for g in mine] == list(range(1, len(mine) + 1))
        if parallelism == 1:  # else one subtask reads the present while others read the past
            kinds = [g[2] for g in mine]
            assert kinds == sorted(kinds, reverse=True)  # old, then now


def test_sql_results_of_the_past_come_once(
    make_env: MakeEnv, parallelism: int, fail_once: Any
) -> None:
    interval = {"execution.checkpointing.interval-during-backlog": "0"}
    env = make_env(parallelism, **interval)
    tables = StreamTableEnvironment.create(env)
    rows = env.from_source(Mixed(), WatermarkStrategy.no_watermarks(), "mixed")
    typed = rows.map(fail_once(("old-2", 100))).map(
        lambda row: Row(row[1] % 7, row[1]),
        Types.ROW_NAMED(["k", "v"], [Types.LONG(), Types.LONG()]),
    )
    tables.create_temporary_view("t", tables.from_data_stream(typed))
    query = tables.sql_query("SELECT k, COUNT(*) AS n, SUM(v) AS total FROM t GROUP BY k")
    counts: dict[int, Any] = {}
    changes = []
    with tables.to_changelog_stream(query).execute_and_collect() as found:
        for row in found:
            changes.append((row.get_row_kind(), row["n"]))
            counts[row["k"]] = (row["n"], row["total"])
    numbers = [list(range(k, 200, 7)) for k in range(7)]
    assert counts == {k: (5 * len(n), 5 * sum(n)) for k, n in enumerate(numbers)}
    if parallelism == 1:  # three splits of the past, then two of the present
        assert len(changes) == 7 + 2 * 400
        assert sorted(changes[:7], key=str) == sorted(
            ((RowKind.INSERT, 3 * len(n)) for n in numbers), key=str
        )
