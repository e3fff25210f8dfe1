"""Joins, whole partitions, aggregations, asynchronous calls and sinks in Python."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from headrace.common import Row, Time, Types, WatermarkStrategy
from headrace.datastream import (
    AsyncDataStream,
    AsyncFunction,
    AsyncRetryStrategy,
    Order,
    OutputTag,
    ProcessJoinFunction,
    RuntimeContext,
    SinkFunction,
    StreamExecutionEnvironment,
)
from headrace.datastream._numbering import _Index
from headrace.datastream._operators.aggregation import Aggregation
from headrace.datastream._operators.sink import SinkOperator
from headrace.datastream._operators.spill import MEMORY_KEY
from headrace.datastream.connectors.base import (
    Committer,
    Sink,
    SinkWriter,
    Source,
    SourceReader,
)
from headrace.datastream.window import TumblingEventTimeWindows
from headrace.testing import Emitted, OperatorHarness
from headrace.testing._host import Host

ENV = StreamExecutionEnvironment.get_execution_environment()


def stream() -> Any:
    return ENV.from_collection([("k", 0)])


def first(value: Any) -> Any:
    return value[0]


class Both(ProcessJoinFunction):
    """The two sides and their times."""

    def process_element(self, left: Any, right: Any, ctx: Any) -> Iterable[Any]:
        yield left[1], right[1], ctx.get_left_timestamp(), ctx.get_right_timestamp()


def interval(lower: int, upper: int) -> Any:
    left, right = stream().key_by(first), stream().key_by(first)
    return left.interval_join(right).between(lower, upper)


def test_interval_join_takes_both_bounds_in() -> None:
    harness = OperatorHarness(interval(-2, 1).process(Both()))
    harness.push(("a", "l"), 10, 0)
    for time in (7, 8, 11, 12):
        harness.push(("a", time), time, 1)
    harness.push(("b", "other key"), 10, 1)
    assert harness.take_emitted() == [
        Emitted(("l", 8, 10, 8), 10),
        Emitted(("l", 11, 10, 11), 11),
    ]


def test_interval_join_leaves_bounds_out_on_request() -> None:
    joined = interval(-2, 1).lower_bound_exclusive().upper_bound_exclusive().process(Both())
    harness = OperatorHarness(joined)
    for time in (8, 9, 10, 11):
        harness.push(("a", time), time, 1)
    harness.push(("a", "l"), 10, 0)
    assert [right for _, right, *_ in harness.take()] == [9, 10]


def test_interval_join_forgets_what_nothing_can_match() -> None:
    late = OutputTag("late")
    harness = OperatorHarness(interval(-2, 1).side_output_left_late_data(late).process(Both()))
    harness.push(("a", "l"), 10, 0)
    harness.push(("a", "r"), 10, 1)
    size = harness.state_size()
    harness.advance_watermark(10)
    assert harness.state_size() == size
    harness.advance_watermark(13)
    assert harness.state_size() == 0
    harness.take()
    harness.push(("a", "too late"), 9, 0)
    assert harness.take("late") == [("a", "too late")]


def test_window_join_and_co_group() -> None:
    windows = TumblingEventTimeWindows.of(Time.milliseconds(10))
    joined = stream().join(stream()).where(first).equal_to(first).window(windows)
    harness = OperatorHarness(joined.apply(lambda a, b: (a[1], b[1])))
    grouped = stream().co_group(stream()).where(first).equal_to(first).window(windows)
    both = OperatorHarness(grouped.apply(lambda a, b: [(len(a), len(b))]))
    for h in (harness, both):
        h.push(("a", 1), 1, 0)
        h.push(("a", 2), 2, 0)
        h.push(("a", 3), 3, 1)
        h.push(("b", 4), 4, 1)
        h.push(("a", 5), 15, 1)
        h.restore(h.snapshot())
        h.end_input()
    assert harness.take() == [(1, 3), (2, 3)]
    assert sorted(both.take()) == [(0, 1), (0, 1), (2, 1)]


def test_sort_partition_puts_none_first_and_keeps_ties() -> None:
    values = [("b", 1), ("a", 2), (None, 3), ("a", 4)]
    for order, expected in ((Order.ASCENDING, [3, 2, 4, 1]), (Order.DESCENDING, [1, 2, 4, 3])):
        sort = stream().full_window_partition().sort_partition(0, order)
        harness = OperatorHarness(sort)
        for value in values:
            harness.push(value)
        harness.restore(harness.snapshot())
        assert harness.take() == []
        harness.end_input()
        assert [number for _, number in harness.take()] == expected


def test_map_partition_sees_all_elements_once() -> None:
    partition = stream().full_window_partition()
    for made, expected in (
        (partition.map_partition(lambda rows: [sum(v for _, v in rows)]), [6]),
        (partition.reduce(lambda a, b: (a[0], a[1] + b[1])), [("a", 6)]),
    ):
        harness = OperatorHarness(made)
        for value in (1, 2, 3):
            harness.push(("a", value))
        harness.end_input()
        assert harness.take() == expected


def test_group_reduce_takes_each_key_at_the_end() -> None:
    keyed = stream().key_by(first)
    harness = OperatorHarness(keyed.group_reduce(lambda rows: [sorted(v for _, v in rows)]))
    for value in (("a", 3), ("b", 9), ("a", 1)):
        harness.push(value)
    harness.end_input()
    assert sorted(harness.take()) == [[1, 3], [9]]


def test_group_combine_holds_a_bounded_number_of_keys() -> None:
    add = lambda a, b: (a[0], a[1] + b[1])  # noqa: E731
    harness = OperatorHarness(stream().group_combine(first, add, 2))
    for value in (("a", 1), ("b", 1), ("a", 1), ("c", 1), ("a", 1)):
        harness.push(value)
    assert harness.take() == [("a", 2), ("b", 1)]
    harness.end_input()
    assert harness.take() == [("c", 1), ("a", 1)]


def test_first_n_and_distinct_count_by_key() -> None:
    harness = OperatorHarness(stream().key_by(first).first_n(2))
    for value in (("a", 1), ("a", 2), ("b", 3), ("a", 4)):
        harness.push(value)
    assert harness.take() == [("a", 1), ("a", 2), ("b", 3)]
    distinct = OperatorHarness(stream().distinct())
    for number in (1, 1.0, True, 1, "1"):
        distinct.push(number)
    assert [repr(v) for v in distinct.take()] == ["1", "1.0", "True", "'1'"]


def test_cross_gives_all_pairs() -> None:
    harness = OperatorHarness(stream().cross(stream()))
    for value in (1, 2):
        harness.push(value, port=0)
        harness.push(-value, port=1)
    harness.end_input()
    assert sorted(harness.take()) == [(1, -2), (1, -1), (2, -2), (2, -1)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("sum", ("a", 12, "x")),
        ("min", ("a", 1, "x")),
        ("max", ("a", 8, "x")),
        ("min_by", ("a", 1, "y")),
        ("max_by", ("a", 8, "w")),
    ],
)
def test_rolling_aggregations_of_a_field(kind: str, expected: Any) -> None:
    values = [("a", 3, "x"), ("a", 1, "y"), ("a", 8, "w")]
    if kind == "max_by":
        values.append(("a", 8, "later, equal"))
    if kind == "sum":
        values = values[:]
    harness = OperatorHarness(getattr(stream().key_by(first), kind)(1))
    for value in values:
        harness.push(value)
    assert harness.take()[-1] == expected


def test_aggregations_keep_names_kinds_and_leave_the_input_alone() -> None:
    one, two = Row(k="a", v=1), Row(k="a", v=2)
    total = Aggregation("sum", "v")(one, two)
    assert total == Row(k="a", v=3)
    assert one.v == 1
    held = ["a", 1]
    assert Aggregation("sum", 1)(held, ["a", 5]) == ["a", 6]
    assert held == ["a", 1]


def test_aggregations_of_basic_values_have_one_field() -> None:
    assert Aggregation("max", 0)(4, 6) == 6
    with pytest.raises(ValueError, match="1 field selected on a basic type"):
        Aggregation("sum", 1)(4, 6)
    with pytest.raises(TypeError, match="int or str"):
        Aggregation("sum", 1.5)((1, 2), (3, 4))  # type: ignore[arg-type]


class Later(AsyncFunction[Any, Any]):
    """Each number waits for the one after it, the last one for none."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self._done: dict[int, asyncio.Event] = {}

    async def async_invoke(self, value: Any) -> list[Any]:
        if value < 2:
            await self._event(value + 1).wait()
            await asyncio.sleep(0.05)  # so that the engine has seen the other's result
        self._event(value).set()
        return [value]

    def _event(self, value: int) -> asyncio.Event:
        return self._done.setdefault(value, asyncio.Event())


def test_async_results_keep_the_order_or_come_as_they_are_ready() -> None:
    ordered = OperatorHarness(AsyncDataStream.ordered_wait(stream(), Later(), Time.seconds(60)))
    unordered = OperatorHarness(AsyncDataStream.unordered_wait(stream(), Later(), Time.seconds(60)))
    for harness in (ordered, unordered):
        for value in (0, 1, 2):
            harness.push(value, value)
        harness.end_input()
    assert ordered.take_emitted() == [Emitted(v, v) for v in (0, 1, 2)]
    assert unordered.take() == [2, 1, 0]
    ordered.close()
    unordered.close()


def test_async_capacity_bounds_open_calls() -> None:
    class Count(AsyncFunction[Any, Any]):
        def open(self, runtime_context: Any) -> None:
            self.open_calls = self.most = 0

        async def async_invoke(self, value: Any) -> list[Any]:
            self.open_calls += 1
            self.most = max(self.most, self.open_calls)
            await asyncio.sleep(0.001)
            self.open_calls -= 1
            return [self.most]

    harness = OperatorHarness(AsyncDataStream.unordered_wait(stream(), Count(), Time.seconds(5), 2))
    for value in range(10):
        harness.push(value)
    harness.end_input()
    assert max(harness.take()) == 2
    harness.close()


def test_async_elements_without_result_are_part_of_a_snapshot() -> None:
    class Slow(AsyncFunction[Any, Any]):
        async def async_invoke(self, value: Any) -> list[Any]:
            await asyncio.sleep(0.2)
            return [value]

    harness = OperatorHarness(AsyncDataStream.ordered_wait(stream(), Slow(), Time.seconds(60)))
    harness.push(0, 7)
    snapshot = harness.snapshot()
    harness.restore(snapshot)
    harness.end_input()
    assert harness.take_emitted() == [Emitted(0, 7)]
    harness.close()


def test_async_timeout_raises_unless_overridden() -> None:
    class Slow(AsyncFunction[Any, Any]):
        async def async_invoke(self, value: Any) -> list[Any]:
            await asyncio.sleep(60)
            return [value]

    class Quiet(Slow):
        def timeout(self, value: Any) -> list[Any]:
            return ["gave up"]

    slow = OperatorHarness(AsyncDataStream.ordered_wait(stream(), Slow(), Time.milliseconds(5)))
    slow.push(7)
    with pytest.raises(TimeoutError, match="timed out for input: 7"):
        slow.end_input()
    slow.close()
    quiet = OperatorHarness(AsyncDataStream.ordered_wait(stream(), Quiet(), Time.milliseconds(5)))
    quiet.push(7)
    quiet.end_input()
    assert quiet.take() == ["gave up"]
    quiet.close()


def test_async_calls_are_tried_again() -> None:
    class Third(AsyncFunction[Any, Any]):
        def open(self, runtime_context: Any) -> None:
            self.calls = 0

        async def async_invoke(self, value: Any) -> list[Any]:
            self.calls += 1
            if self.calls < 3:
                raise ValueError("not yet")
            return [self.calls]

    retry = AsyncRetryStrategy.fixed_delay(5, 1, None, lambda error: True)
    waiting = AsyncDataStream.unordered_wait_with_retry(stream(), Third(), Time.seconds(5), retry)
    harness = OperatorHarness(waiting)
    harness.push(0)
    harness.end_input()
    assert harness.take() == [3]
    harness.close()


class Log(Committer):
    committed: list[Any] = []

    def commit(self, committables: list[Any]) -> None:
        Log.committed.extend(committables)


class Buffer(SinkWriter):
    def __init__(self) -> None:
        self.rows: list[Any] = []

    def write(self, element: Any, context: Any) -> None:
        self.rows.append((element, context.timestamp()))

    def prepare_commit(self) -> list[Any]:
        rows, self.rows = self.rows, []
        return [rows] if rows else []


class TwoPhase(Sink):
    def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
        return Buffer()

    def create_committer(self, context: Any) -> Committer:
        return Log()


def test_two_phase_sinks_commit_what_a_checkpoint_holds() -> None:
    Log.committed = []
    sink = stream().sink_to(TwoPhase())
    from headrace.datastream import DataStream
    from headrace.datastream._graph import Upstream

    harness = OperatorHarness(DataStream(stream()._env, [Upstream(sink._node)]))
    harness.push("a", 1)
    snapshot = harness.snapshot()
    assert Log.committed == []
    harness.push("lost with the failure", 2)
    harness.restore(snapshot)
    harness.push("b", 3)
    harness.end_input()
    assert [("a", 1)] in Log.committed
    assert [("b", 3)] in Log.committed
    assert len(Log.committed) == 2


def test_sink_functions_see_each_element() -> None:
    class Keep(SinkFunction):
        def invoke(self, value: Any, context: Any = None) -> None:
            raise ValueError(f"saw {value}")

    sink = stream().add_sink(Keep())
    from headrace.datastream import DataStream
    from headrace.datastream._graph import Upstream

    harness = OperatorHarness(DataStream(stream()._env, [Upstream(sink._node)]))
    with pytest.raises(ValueError, match="saw 5"):
        harness.push(5)


def test_aggregations_run_over_typed_rows() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    rows = env.from_collection(
        [("a", 1)], Types.ROW_NAMED(["k", "v"], [Types.STRING(), Types.INT()])
    )
    summed = rows.key_by(lambda r: r.k).sum("v")
    assert str(summed.get_type()) == "RowTypeInfo(k: String, v: Integer)"
    harness = OperatorHarness(summed)
    harness.push(Row(k="a", v=1))
    harness.push(Row(k="a", v=2))
    assert harness.take() == [Row(k="a", v=1), Row(k="a", v=3)]


class Numbers(Source):
    """Ten numbers a split."""

    def splits(self) -> Iterable[Any]:
        return [0, 10, 20]

    def create_reader(self, context: Any) -> SourceReader:
        return Tens()


class Tens(SourceReader):
    def read(self, split: Any, position: Any) -> Iterable[tuple[Any, Any]]:
        for i in range(position or 0, 10):
            yield split + i, i + 1


@pytest.mark.usefixtures("engine")
def test_bounded_sources_in_python_are_read_split_by_split() -> None:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    numbers = env.from_source(Numbers(), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    assert numbers.get_name() == "numbers"
    with numbers.map(lambda n: n + 1).execute_and_collect() as results:
        assert sorted(results) == list(range(1, 31))


@pytest.mark.usefixtures("engine")
def test_results_of_a_partition_come_before_the_last_watermark() -> None:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    pairs = env.from_collection([("a", 1), ("b", 2), ("a", 3)])
    add = lambda a, b: (a[0], a[1] + b[1])  # noqa: E731
    summed = pairs.group_combine(first, add).key_by(first).full_window_partition().reduce(add)
    with summed.execute_and_collect() as results:
        assert sorted(results) == [("a", 4), ("b", 2)]


def test_a_sink_commits_what_belongs_to_the_checkpoint_that_is_complete() -> None:
    committed: list[str] = []

    class Writer(SinkWriter):
        def __init__(self) -> None:
            self.rows: list[str] = []

        def write(self, element: Any, context: Any) -> None:
            self.rows.append(element)

        def prepare_commit(self) -> list[Any]:
            rows, self.rows = self.rows, []
            return rows

    class Commits(Committer):
        def commit(self, committables: list[Any]) -> None:
            committed.extend(committables)

    class TwoPhase(Sink):
        def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
            return Writer()

        def create_committer(self, context: Any) -> Committer:
            return Commits()

    host = Host("operator", SinkOperator(TwoPhase()), lambda tag, value, timestamp: None)
    host.push("a", 0)
    host.snapshot()
    host.push("b", 0)
    saved = host.snapshot()  # begins before the first is complete
    host.push("c", 0)
    host.complete_checkpoint(1)
    assert committed == ["a"]
    host.complete_checkpoint(2)
    assert committed == ["a", "b"]
    host.end_input()
    assert committed == ["a", "b", "c"]

    committed.clear()
    Host(
        "operator", SinkOperator(TwoPhase()), lambda tag, value, timestamp: None, restored=saved
    )
    assert committed == ["a", "b"]  # again: committers are idempotent


def test_a_snapshot_of_spilled_rows_reads_them_a_chunk_at_a_time() -> None:
    settings = SimpleNamespace(
        get_index_of_this_subtask=lambda: 0,
        get_job_parameter=lambda key, default: "100kb" if key == MEMORY_KEY else default,
    )
    index = _Index()
    index.open(settings)
    for n in range(20_000):
        index.process_element1(f"{n:>400}", None)
    tracemalloc.start()
    try:
        assert sum(len(row) for row in index.snapshot_state()) == 8_000_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
        index.close()
