"""Jobs whose processing time jumps: windows, timers, state that expires, without waiting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from headrace.common import Time, Types
from headrace.datastream import KeyedProcessFunction, ProcessWindowFunction
from headrace.datastream.state import StateTtlConfig, ValueStateDescriptor
from headrace.datastream.window import (
    ProcessingTimeSessionWindows,
    TumblingProcessingTimeWindows,
)
from headrace.testing import At, ProcessingTime, bounded_source, jumping_clock


def at(time: int, value: Any) -> list[Any]:
    return [ProcessingTime(time), At(0, value)]


class Whole(ProcessWindowFunction[Any, Any, Any, Any]):
    def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        yield context.window().start, context.current_processing_time(), sorted(elements)


def collect(stream: Any) -> list[Any]:
    with stream.execute_and_collect() as found:
        return list(found)


def test_windows_fire_at_their_ends(headrace_env: Any) -> None:
    jumping_clock(headrace_env)
    items = [*at(0, 1), *at(300, 2), *at(1000, 3), ProcessingTime(10_000)]
    keyed = bounded_source(headrace_env, *items).key_by(lambda v: 0)
    windows = keyed.window(TumblingProcessingTimeWindows.of(Time.milliseconds(500)))
    assert collect(windows.process(Whole())) == [(0, 499, [1, 2]), (1000, 1499, [3])]


def test_sessions_end_after_their_gap(headrace_env: Any) -> None:
    jumping_clock(headrace_env)
    items = [*at(0, 1), *at(50, 2), *at(200, 3), ProcessingTime(10_000)]
    keyed = bounded_source(headrace_env, *items).key_by(lambda v: 0)
    windows = keyed.window(ProcessingTimeSessionWindows.with_gap(Time.milliseconds(100)))
    assert [(s, v) for s, _, v in collect(windows.process(Whole()))] == [(0, [1, 2]), (200, [3])]


def test_what_is_not_due_at_the_end_is_dropped(headrace_env: Any) -> None:
    jumping_clock(headrace_env)
    keyed = bounded_source(headrace_env, *at(100, 1)).key_by(lambda v: 0)
    windows = keyed.window(TumblingProcessingTimeWindows.of(Time.hours(1)))
    assert collect(windows.process(Whole())) == []


class Remembers(KeyedProcessFunction):
    def open(self, runtime_context: Any) -> None:
        descriptor = ValueStateDescriptor("n", Types.INT())
        descriptor.enable_time_to_live(StateTtlConfig.new_builder(Time.seconds(10)).build())
        self.n = runtime_context.get_state(descriptor)

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        yield ctx.timer_service().current_processing_time() // 1000, self.n.value()
        self.n.update(value)


def test_state_expires(headrace_env: Any) -> None:
    jumping_clock(headrace_env)
    items = [*at(1_000, 1), *at(9_000, 2), *at(18_000, 3), *at(40_000, 4)]
    keyed = bounded_source(headrace_env, *items).key_by(lambda v: 0)
    assert collect(keyed.process(Remembers())) == [(1, None), (9, 1), (18, 2), (40, None)]


def test_processing_times_need_the_clock(headrace_env: Any) -> None:
    with pytest.raises(ValueError, match=r"call that before"):
        bounded_source(headrace_env, ProcessingTime(5))
