"""The window operator, element by element, restored between any two steps."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from headrace.common import Duration, Time, Types
from headrace.datastream import (
    AggregateFunction,
    OutputTag,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
)
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window import (
    ContinuousEventTimeTrigger,
    CountEvictor,
    CountTrigger,
    DeltaEvictor,
    DeltaTrigger,
    EventTimeSessionWindows,
    EventTimeTrigger,
    GlobalWindows,
    ProcessingTimeoutTrigger,
    ProcessingTimeSessionWindows,
    PurgingTrigger,
    SlidingEventTimeWindows,
    TimeEvictor,
    TimeWindow,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
)
from headrace.testing import Emitted, OperatorHarness


class Whole(ProcessWindowFunction[Any, Any, Any, Any]):
    """(key, start, end, values)."""

    def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        window = context.window()
        values = [value for _, value in elements]
        yield key, getattr(window, "start", None), getattr(window, "end", None), values


class Total(AggregateFunction):
    """The sum and the number of values."""

    def create_accumulator(self) -> Any:
        return [0, 0]

    def add(self, value: Any, accumulator: Any) -> Any:
        accumulator[0] += value[1]
        accumulator[1] += 1
        return accumulator

    def get_result(self, accumulator: Any) -> Any:
        return tuple(accumulator)

    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        return [acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]]


def keyed() -> Any:
    env = StreamExecutionEnvironment.get_execution_environment()
    return env.from_collection([("k", 0)]).key_by(lambda e: e[0])


@pytest.fixture(params=[False, True], ids=["straight", "restored"])
def run(request: pytest.FixtureRequest) -> Any:
    """Pushes (value, time) pairs and watermarks; gives what came out, in order."""

    def go(stream: Any, steps: list[Any], tag: str | None = None) -> list[Any]:
        harness = OperatorHarness(stream)
        for step in steps:
            if isinstance(step, int):
                harness.advance_watermark(step)
            elif callable(step):
                step(harness)
            else:
                harness.push(*step)
            if request.param:
                harness.restore(harness.snapshot())
        return harness.take(tag)

    return go


TEN = TumblingEventTimeWindows.of(Time.milliseconds(10))


def test_tumbling_windows_fire_at_their_end_in_time_order(run: Any) -> None:
    stream = keyed().window(TEN).process(Whole())
    steps = [(("a", 1), 12), (("a", 2), 3), (("b", 3), 9), 9, (("a", 4), 13), 19]
    out = run(stream, steps)
    assert sorted(out[:2]) == [("a", 0, 10, [2]), ("b", 0, 10, [3])]
    assert out[2:] == [("a", 10, 20, [1, 4])]


def test_results_carry_the_last_time_of_their_window() -> None:
    harness = OperatorHarness(keyed().window(TEN).process(Whole()))
    harness.push(("a", 1), -5)
    harness.end_input()
    assert harness.take_emitted() == [Emitted(("a", -10, 0, [1]), -1)]
    assert harness.state_size() == 0


def test_sliding_windows_overlap(run: Any) -> None:
    windows = SlidingEventTimeWindows.of(Time.milliseconds(10), Time.milliseconds(5))
    out = run(keyed().window(windows).process(Whole()), [(("a", 1), 7), (("a", 2), 12), 100])
    assert out == [("a", 0, 10, [1]), ("a", 5, 15, [1, 2]), ("a", 10, 20, [2])]


def test_late_elements_go_to_the_side_output(run: Any) -> None:
    late = OutputTag("late")
    stream = keyed().window(TEN).side_output_late_data(late).process(Whole())
    steps = [(("a", 1), 1), 9, (("a", 2), 2), (("a", 3), 11), 30]
    assert run(stream, steps) == [("a", 0, 10, [1]), ("a", 10, 20, [3])]
    assert run(stream, steps, "late") == [("a", 2)]


def test_allowed_lateness_fires_again_for_each_element(run: Any) -> None:
    stream = keyed().window(TEN).allowed_lateness(5).process(Whole())
    steps = [(("a", 1), 1), 9, (("a", 2), 2), 13, (("a", 3), 3), 14, (("a", 4), 4), 50]
    assert run(stream, steps) == [
        ("a", 0, 10, [1]),
        ("a", 0, 10, [1, 2]),
        ("a", 0, 10, [1, 2, 3]),
    ]


def test_sessions_that_touch_become_one(run: Any) -> None:
    stream = keyed().window(EventTimeSessionWindows.with_gap(Time.milliseconds(10)))
    steps = [(("a", 1), 0), (("a", 2), 10), (("a", 3), 31), 100]
    assert run(stream.process(Whole()), steps) == [("a", 0, 20, [1, 2]), ("a", 31, 41, [3])]


def test_an_element_that_bridges_two_sessions_keeps_both_sides(run: Any) -> None:
    stream = keyed().window(EventTimeSessionWindows.with_gap(Time.milliseconds(3)))
    steps = [(("a", 1), 10), (("a", 2), 15), (("a", 4), 13), (("a", 8), 40), 100]
    assert run(stream.aggregate(Total()), steps) == [(7, 3), (8, 1)]
    assert run(stream.reduce(lambda a, b: (a[0], a[1] + b[1])), steps) == [("a", 7), ("a", 8)]


def test_sessions_leave_no_state() -> None:
    stream = keyed().window(EventTimeSessionWindows.with_gap(Time.milliseconds(3)))
    harness = OperatorHarness(stream.aggregate(Total()))
    for time in (10, 15, 13, 11, 40):
        harness.push(("a", 1), time)
    assert harness.state_size() > 0
    harness.advance_watermark(1000)
    assert harness.state_size() == 0


def test_sessions_merge_with_a_continuous_trigger(run: Any) -> None:
    stream = keyed().window(EventTimeSessionWindows.with_gap(Time.milliseconds(10)))
    stream = stream.trigger(ContinuousEventTimeTrigger.of(Time.milliseconds(8))).process(Whole())
    steps = [(("a", 1), 1), (("a", 2), 6), 8, 100]
    assert run(stream, steps) == [("a", 1, 16, [1, 2]), ("a", 1, 16, [1, 2])]


def test_continuous_trigger_fires_at_all_multiples_up_to_the_last_watermark(run: Any) -> None:
    windows = TumblingEventTimeWindows.of(Time.seconds(5))
    stream = keyed().window(windows).trigger(ContinuousEventTimeTrigger.of(Time.seconds(2)))
    out = run(stream.process(Whole()), [(("a", 1), 100), (("a", 2), 2600), (1 << 63) - 1])
    assert out == [("a", 0, 5000, [1, 2])] * 3


def test_processing_time_sessions() -> None:
    stream = keyed().window(ProcessingTimeSessionWindows.with_gap(Time.milliseconds(10)))
    harness = OperatorHarness(stream.process(Whole()))
    harness.advance_processing_time(100)
    harness.push(("a", 1))
    harness.advance_processing_time(105)
    harness.push(("a", 2))
    harness.advance_processing_time(113)
    assert harness.take() == []
    harness.advance_processing_time(114)
    assert harness.take() == [("a", 100, 115, [1, 2])]
    assert harness.state_size() == 0


def test_processing_time_windows_end_by_the_clock() -> None:
    windows = TumblingProcessingTimeWindows.of(Time.milliseconds(10))
    harness = OperatorHarness(keyed().window(windows).sum(1))
    harness.advance_processing_time(101)
    harness.push(("a", 1))
    harness.push(("a", 2))
    harness.end_input()
    assert harness.take() == []
    harness.advance_processing_time(109)
    assert harness.take() == [("a", 3)]


def test_count_windows_leave_out_what_is_not_full(run: Any) -> None:
    steps = [(("a", i),) for i in range(5)]
    assert run(keyed().count_window(2).process(Whole()), steps) == [
        ("a", None, None, [0, 1]),
        ("a", None, None, [2, 3]),
    ]


def test_sliding_count_windows_are_full_ones(run: Any) -> None:
    steps = [(("a", i),) for i in range(8)]
    out = run(keyed().count_window(4, 2).process(Whole()), steps)
    assert [values for *_, values in out] == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]


def test_count_trigger_keeps_the_elements_and_purging_drops_them(run: Any) -> None:
    steps = [(("a", i), i) for i in range(4)] + [100]
    stream = keyed().window(TEN)
    assert [v for *_, v in run(stream.trigger(CountTrigger.of(2)).process(Whole()), steps)] == [
        [0, 1],
        [0, 1, 2, 3],
    ]
    purging = keyed().window(TEN).trigger(PurgingTrigger.of(CountTrigger.of(2)))
    assert [v for *_, v in run(purging.process(Whole()), steps)] == [[0, 1], [2, 3]]


def test_delta_trigger_fires_beyond_the_threshold(run: Any) -> None:
    trigger = DeltaTrigger.of(3, lambda old, new: new[1] - old[1])
    stream = keyed().window(GlobalWindows.create()).trigger(trigger).process(Whole())
    steps = [(("a", v),) for v in (0, 2, 3, 4, 6, 9)]
    assert [v for *_, v in run(stream, steps)] == [[0, 2, 3, 4], [0, 2, 3, 4, 6, 9]]


def test_timeout_trigger_fires_by_the_clock() -> None:
    trigger = ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), Duration.of_millis(50))
    harness = OperatorHarness(keyed().window(TEN).trigger(trigger).process(Whole()))
    harness.advance_processing_time(1000)
    harness.push(("a", 1), 1)
    harness.advance_processing_time(1049)
    assert harness.take() == []
    harness.advance_processing_time(1050)
    assert harness.take() == [("a", 0, 10, [1])]


def test_end_of_stream_windows_fire_once(run: Any) -> None:
    windows = GlobalWindows.create_with_end_of_stream_trigger()
    steps = [(("a", 1), 1), 100, (("a", 2), 2), (1 << 63) - 1]
    assert run(keyed().window(windows).process(Whole()), steps) == [("a", None, None, [1, 2])]


@pytest.mark.parametrize(
    ("evictor", "values"),
    [
        (CountEvictor.of(2), [3, 9]),
        (TimeEvictor.of(Time.milliseconds(4)), [3, 9]),
        (DeltaEvictor.of(7, lambda old, last: last[1] - old[1]), [3, 9]),
    ],
    ids=["count", "time", "delta"],
)
def test_evictors_leave_elements_out(run: Any, evictor: Any, values: list[int]) -> None:
    steps = [(("a", 1), 1), (("a", 3), 5), (("a", 9), 8), 100]
    out = run(keyed().window(TEN).evictor(evictor).process(Whole()), steps)
    assert [v for *_, v in out] == [values]


def test_evictor_with_a_reduce_folds_what_is_left(run: Any) -> None:
    stream = keyed().window(TEN).evictor(CountEvictor.of(2)).sum(1)
    assert run(stream, [(("a", v), v) for v in (1, 2, 4)] + [100]) == [("a", 6)]
    stream = keyed().window(TEN).evictor(CountEvictor.of(2)).aggregate(Total())
    assert run(stream, [(("a", v), v) for v in (1, 2, 4)] + [100]) == [(6, 2)]


def test_evict_after_keeps_elements_for_the_next_firing(run: Any) -> None:
    stream = keyed().window(GlobalWindows.create()).trigger(CountTrigger.of(2))
    stream = stream.evictor(CountEvictor.of(1, True)).process(Whole())
    out = run(stream, [(("a", i),) for i in range(4)])
    assert [v for *_, v in out] == [[0, 1], [1, 2, 3]]


def test_window_state_ends_with_the_window_and_global_state_does_not() -> None:
    seen = ValueStateDescriptor("seen", Types.LONG())

    class Count(ProcessWindowFunction[Any, Any, Any, Any]):
        def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
            counts = []
            for store in (context.window_state(), context.global_state()):
                state = store.get_state(seen)
                state.update((state.value() or 0) + 1)
                counts.append(state.value())
            yield (context.window().start, *counts)

        def clear(self, context: Any) -> None:
            context.window_state().get_state(seen).clear()

    stream = keyed().window(TEN).allowed_lateness(100).process(Count())
    harness = OperatorHarness(stream)
    for time in (1, 11):
        harness.push(("a", 1), time)
        harness.advance_watermark(time + 10)
    harness.push(("a", 1), 2)
    assert harness.take() == [(0, 1, 1), (10, 1, 2), (0, 2, 3)]
    harness.advance_watermark(1000)
    assert harness.state_size() == 1  # the global state


def test_reduce_with_a_window_function_gets_one_element(run: Any) -> None:
    stream = keyed().window(TEN).reduce(lambda a, b: (a[0], a[1] + b[1]), Whole())
    assert run(stream, [(("a", 1), 1), (("a", 2), 2), 100]) == [("a", 0, 10, [3])]


def test_a_trigger_that_cannot_merge_is_refused_for_sessions() -> None:
    stream = keyed().window(EventTimeSessionWindows.with_gap(Time.seconds(1)))
    trigger = ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), Time.seconds(1))
    with pytest.raises(TypeError, match="does not support merging"):
        stream.trigger(trigger).process(Whole())


def test_an_element_without_time_names_the_remedy() -> None:
    harness = OperatorHarness(keyed().window(TEN).process(Whole()))
    with pytest.raises(ValueError, match="assign_timestamps_and_watermarks"):
        harness.push(("a", 1))


def test_window_all_takes_all_keys(run: Any) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    stream = env.from_collection([1]).window_all(TEN).reduce(lambda a, b: a + b)
    assert stream._node.parallelism == 1
    assert run(stream, [(1, 1), (2, 2), (4, 14), 100]) == [3, 4]


def test_windows_that_only_touch_in_time_are_one_session() -> None:
    merged: list[Any] = []

    class Callback:
        def merge(self, to_be_merged: Any, merge_result: Any) -> None:
            merged.append((sorted(to_be_merged), merge_result))

    windows = [TimeWindow(20, 30), TimeWindow(0, 5), TimeWindow(5, 9), TimeWindow(10, 12)]
    TimeWindow.merge_windows(windows, Callback())  # type: ignore[arg-type]
    assert merged == [([TimeWindow(0, 5), TimeWindow(5, 9)], TimeWindow(0, 9))]


@pytest.mark.parametrize("lateness", [0, 7])
@pytest.mark.parametrize("seed", range(8))
def test_the_quick_operator_does_what_the_general_one_does(seed: int, lateness: int) -> None:
    class Same(EventTimeTrigger):
        """A trigger of another class, which the quick operator does not take."""

    random = Random(seed)
    windows = random.choice(
        [TEN, SlidingEventTimeWindows.of(Time.milliseconds(12), Time.milliseconds(5))]
    )
    late = OutputTag("late")

    def stream(trigger: Any) -> Any:
        made = keyed().window(windows).trigger(trigger).allowed_lateness(lateness)
        return made.side_output_late_data(late).process(Whole())

    quick, general = OperatorHarness(stream(EventTimeTrigger())), OperatorHarness(stream(Same()))
    assert type(quick._host.function) is not type(general._host.function)
    watermark = 0
    for i in range(200):
        if random.random() < 0.2:
            watermark += random.randrange(6)
            step = ("advance_watermark", watermark)
        else:
            step = ("push", (random.choice("ab"), i), watermark + random.randrange(-12, 25))
        for harness in (quick, general):
            getattr(harness, step[0])(*step[1:])
        assert quick.take_emitted() == general.take_emitted()
        assert quick.state_size() == general.state_size()
    for harness in (quick, general):
        harness.end_input()
    assert quick.take_emitted() == general.take_emitted()
    assert quick.state_size() == 0
