"""Keyed functions in BATCH mode: one key after the other, each with its timers.

That must not depend on how many keys fit into a batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from programs import MakeEnv

from headrace.common import Types
from headrace.datastream import KeyedProcessFunction, RuntimeContext
from headrace.datastream.state import ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor

KEYS = 300
ROWS = [(n * 7919 % KEYS, n) for n in range(1500)]
MIN, MAX = -(2**63), 2**63 - 1


class Tell(KeyedProcessFunction):
    """Tells what it sees of a key; every third key sets timers, every ninth takes one back."""

    def open(self, runtime_context: RuntimeContext) -> None:
        state = runtime_context
        self.count = state.get_state(ValueStateDescriptor("count", Types.INT()))
        self.values = state.get_list_state(ListStateDescriptor("values", Types.INT()))
        self.parity = state.get_map_state(MapStateDescriptor("parity", Types.INT(), Types.INT()))
        self.last: Any = None

    def process_element(self, value: Any, ctx: Any) -> Iterator[Any]:
        key, n = value
        assert ctx.get_current_key() == key
        seen = (self.count.value() or 0) + 1
        self.count.update(seen)
        self.values.add(n)
        self.parity.put(n % 2, (self.parity.get(n % 2) or 0) + 1)
        timers = ctx.timer_service()
        if key % 3 == 0:
            timers.register_event_time_timer(50)
            timers.register_event_time_timer(MAX)
            timers.register_processing_time_timer(MAX - 1)
        if key % 9 == 0:
            timers.delete_event_time_timer(50)
        yield key, "element", seen, timers.current_watermark()

    def on_timer(self, timestamp: int, ctx: Any) -> Iterator[Any]:
        key = ctx.get_current_key()
        if timestamp == 50:
            ctx.timer_service().register_event_time_timer(60)
        parities = sorted(self.parity.items())
        yield key, timestamp, sorted(self.values.get()), parities, self.count.value()


def wanted(key: int) -> list[Any]:
    values = [n for k, n in ROWS if k == key]
    told: list[Any] = [(key, "element", i + 1, MIN) for i in range(len(values))]
    parities = sorted((p, sum(n % 2 == p for n in values)) for p in {n % 2 for n in values})
    times = [] if key % 3 else [MAX, MAX - 1] if key % 9 == 0 else [50, 60, MAX, MAX - 1]
    return told + [(key, time, values, parities, len(values)) for time in times]


@pytest.mark.parametrize("rows", ["1", "16", "1024"])
@pytest.mark.parametrize("memory", ["128mb", "4kb"])
def test_each_key_is_over_before_the_next(
    make_env: MakeEnv, parallelism: int, rows: str, memory: str
) -> None:
    settings = {"headrace.batch.rows": rows, "execution.sorted-inputs.memory": memory}
    env = make_env(parallelism, "BATCH", **settings)
    told = env.from_collection(ROWS).key_by(lambda row: row[0]).process(Tell())
    got = list(told.execute_and_collect())
    if parallelism == 1:
        for key, group in itertools.groupby(got, lambda line: line[0]):
            assert list(group) == wanted(key)
        assert len(list(itertools.groupby(got, lambda line: line[0]))) == KEYS
    for key in range(KEYS):
        assert [line for line in got if line[0] == key] == wanted(key)
