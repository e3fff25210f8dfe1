"""Windows and partitions with a checkpoint, a failure and a restore in the middle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from headrace.common import Duration, Time, TimestampAssigner, Types, WatermarkStrategy
from headrace.datastream import (
    AggregateFunction,
    KeyedProcessFunction,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
)
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window import (
    EventTimeSessionWindows,
    GlobalWindows,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)

MakeEnv = Callable[..., StreamExecutionEnvironment]

COUNT, KEYS = 300, 4


class ByTenMillis(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        n: int = value
        return n * 10 + (500 if n >= 150 else 0)


def time_of(n: int) -> int:
    return ByTenMillis().extract_timestamp(n, 0)


def numbers(env: StreamExecutionEnvironment, fail_once: Callable[..., Any]) -> Any:
    """0 to COUNT - 1 by key, with a failure in the middle."""
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(100))
    strategy = strategy.with_timestamp_assigner(ByTenMillis())
    stream = env.from_collection(list(range(COUNT))).map(fail_once(200))
    return stream.assign_timestamps_and_watermarks(strategy).key_by(lambda n: n % KEYS)


def collect(stream: Any) -> list[Any]:
    with stream.execute_and_collect() as found:
        return sorted(found)


class Whole(ProcessWindowFunction[Any, Any, Any, Any]):
    """(key, start, values)."""

    def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        yield key, getattr(context.window(), "start", None), sorted(elements)


class Total(AggregateFunction):
    def create_accumulator(self) -> Any:
        return [0, 0]

    def add(self, value: Any, accumulator: Any) -> Any:
        accumulator[0] += value
        accumulator[1] += 1
        return accumulator

    def get_result(self, accumulator: Any) -> Any:
        return tuple(accumulator)

    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        return [acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]]


def grouped(start_of: Callable[[int], Iterable[Any]]) -> list[Any]:
    groups: dict[Any, list[int]] = defaultdict(list)
    for n in range(COUNT):
        for start in start_of(n):
            groups[n % KEYS, start].append(n)
    return sorted((key, start, values) for (key, start), values in groups.items())


MODES = pytest.mark.parametrize("mode", ["STREAMING", "BATCH"])


@MODES
def test_tumbling(make_env: MakeEnv, parallelism: int, mode: str, fail_once: Any) -> None:
    keyed = numbers(make_env(parallelism, mode), fail_once)
    windows = keyed.window(TumblingEventTimeWindows.of(Time.milliseconds(500)))
    want = grouped(lambda n: [time_of(n) // 500 * 500])
    assert collect(windows.process(Whole())) == want


@MODES
def test_sliding_aggregate(make_env: MakeEnv, parallelism: int, mode: str, fail_once: Any) -> None:
    keyed = numbers(make_env(parallelism, mode), fail_once)
    windows = keyed.window(
        SlidingEventTimeWindows.of(Time.milliseconds(1000), Time.milliseconds(500))
    )
    want = grouped(lambda n: [time_of(n) // 500 * 500 - back for back in (0, 500)])
    assert collect(windows.aggregate(Total())) == sorted((sum(v), len(v)) for _, _, v in want)


@MODES
def test_sessions(make_env: MakeEnv, parallelism: int, mode: str, fail_once: Any) -> None:
    keyed = numbers(make_env(parallelism, mode), fail_once)
    windows = keyed.window(EventTimeSessionWindows.with_gap(Time.milliseconds(300)))
    firsts = {(n % KEYS, n >= 150): n for n in reversed(range(COUNT))}
    want = grouped(lambda n: [time_of(firsts[n % KEYS, n >= 150])])
    assert collect(windows.process(Whole())) == want


@MODES
def test_end_of_stream(make_env: MakeEnv, parallelism: int, mode: str, fail_once: Any) -> None:
    keyed = numbers(make_env(parallelism, mode), fail_once)
    windows = keyed.window(GlobalWindows.create_with_end_of_stream_trigger())
    assert collect(windows.process(Whole())) == grouped(lambda _: [None])


@MODES
def test_full_window_partition(
    make_env: MakeEnv, parallelism: int, mode: str, fail_once: Any
) -> None:
    keyed = numbers(make_env(parallelism, mode), fail_once)
    sums = keyed.full_window_partition().reduce(lambda a, b: a + b)
    assert collect(sums) == sorted(sum(v) for _, _, v in grouped(lambda _: [None]))


class Timers(KeyedProcessFunction):
    """Counts, and reports at a time of its own."""

    def open(self, runtime_context: Any) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> None:
        self.count.update((self.count.value() or 0) + 1)
        ctx.timer_service().register_event_time_timer(10_000)

    def on_timer(self, timestamp: int, ctx: Any) -> Any:
        yield ctx.get_current_key(), self.count.value(), timestamp


@MODES
def test_timers(make_env: MakeEnv, parallelism: int, mode: str, fail_once: Any) -> None:
    keyed = numbers(make_env(parallelism, mode), fail_once)
    want = [(key, COUNT // KEYS, 10_000) for key in range(KEYS)]
    assert collect(keyed.process(Timers())) == want


def test_batch_feeds_key_by_key_from_disk(make_env: MakeEnv, parallelism: int) -> None:
    env = make_env(parallelism, "BATCH", **{"execution.sorted-inputs.memory": "20 kb"})
    data = [{"key": n % 7, "n": n} for n in range(5000)]

    class Runs(KeyedProcessFunction):
        def open(self, runtime_context: Any) -> None:
            self.last: Any = None
            self.done: set[Any] = set()

        def process_element(self, value: Any, ctx: Any) -> Any:
            if value["key"] != self.last:
                assert value["key"] not in self.done
                self.done.add(self.last)
                self.last = value["key"]
            yield value["n"]

    keyed = env.from_collection(data).key_by(lambda v: v["key"])
    assert collect(keyed.process(Runs())) == list(range(5000))
