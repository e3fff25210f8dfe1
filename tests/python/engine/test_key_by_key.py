"""Keyed functions in BATCH mode: one key after the other, each with its timers.

That must not depend on how many keys fit into a batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from programs import MakeEnv

from headrace.common import Types
from headrace.datastream import (
    KeyedBroadcastProcessFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    RuntimeContext,
)
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


# rows of a batch, memory for sorted rows, where functions run
SETTINGS = [
    ("1", "128mb", "thread"),
    ("16", "128mb", "thread"),
    ("16", "4kb", "thread"),
    ("1024", "4kb", "thread"),
    ("1024", "128mb", "thread"),
    ("100", "128mb", "process"),
]


@pytest.mark.parametrize(("rows", "memory", "execution"), SETTINGS)
def test_each_key_is_over_before_the_next(
    make_env: MakeEnv, parallelism: int, rows: str, memory: str, execution: str
) -> None:
    settings = {
        "headrace.batch.rows": rows,
        "execution.sorted-inputs.memory": memory,
        "python.execution-mode": execution,
    }
    env = make_env(parallelism, "BATCH", **settings)
    told = env.from_collection(ROWS).key_by(lambda row: row[0]).process(Tell())
    got = list(told.execute_and_collect())
    if parallelism == 1:
        for key, group in itertools.groupby(got, lambda line: line[0]):
            assert list(group) == wanted(key)
        assert len(list(itertools.groupby(got, lambda line: line[0]))) == KEYS
    for key in range(KEYS):
        assert [line for line in got if line[0] == key] == wanted(key)


class Both(KeyedCoProcessFunction):
    """Tells what it sees of a key on two inputs; every third key sets a timer on one of them."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.INT()))

    def _tell(self, value: Any, ctx: Any, port: int) -> Iterator[Any]:
        key, n = value
        assert ctx.get_current_key() == key
        seen = (self.count.value() or 0) + 1
        self.count.update(seen)
        if key % 3 == port:
            ctx.timer_service().register_event_time_timer(50)
        yield key, port, n, seen

    def process_element1(self, value: Any, ctx: Any) -> Iterator[Any]:
        return self._tell(value, ctx, 1)

    def process_element2(self, value: Any, ctx: Any) -> Iterator[Any]:
        return self._tell(value, ctx, 2)

    def on_timer(self, timestamp: int, ctx: Any) -> Iterator[Any]:
        yield ctx.get_current_key(), "timer", timestamp, self.count.value()


FIRST = [row for row in ROWS if row[0] % 7]  # some keys are of one input only
SECOND = [(key, -n) for key, n in ROWS if key % 5]


def wanted_of_both(key: int) -> list[Any]:
    rows = [(1, n) for k, n in FIRST if k == key] + [(2, n) for k, n in SECOND if k == key]
    told: list[Any] = [(key, port, n, i + 1) for i, (port, n) in enumerate(rows)]
    if any(key % 3 == port for port, _ in rows):
        told.append((key, "timer", 50, len(rows)))
    return told


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize(("rows", "memory", "execution"), SETTINGS)
def test_two_inputs_go_through_key_by_key(
    make_env: MakeEnv, typed: bool, rows: str, memory: str, execution: str
) -> None:
    settings = {
        "headrace.batch.rows": rows,
        "execution.sorted-inputs.memory": memory,
        "python.execution-mode": execution,
    }
    env = make_env(1, "BATCH", **settings)
    pair = Types.TUPLE([Types.INT(), Types.INT()]) if typed else None
    key_type = Types.INT() if typed else None
    first = env.from_collection(FIRST, pair).key_by(lambda row: row[0], key_type)
    second = env.from_collection(SECOND, pair).key_by(lambda row: row[0], key_type)
    got = list(first.connect(second).process(Both()).execute_and_collect())
    groups = [(key, list(group)) for key, group in itertools.groupby(got, lambda line: line[0])]
    keys = {key for key, _ in FIRST} | {key for key, _ in SECOND}
    assert sorted(key for key, _ in groups) == sorted(keys)
    for key, group in groups:
        assert group == wanted_of_both(key)


class Add(KeyedBroadcastProcessFunction):
    """Adds what was broadcast to each element; the last sum of a key is its state."""

    rules = MapStateDescriptor("rules", Types.STRING(), Types.INT())

    def open(self, runtime_context: RuntimeContext) -> None:
        self.last = runtime_context.get_state(ValueStateDescriptor("last", Types.INT()))

    def process_element(self, value: Any, ctx: Any) -> Iterator[Any]:
        before = self.last.value()
        now = value[1] + sum(v for _, v in ctx.get_broadcast_state(self.rules).items())
        self.last.update(now)
        yield value[0], before, now

    def process_broadcast_element(self, value: Any, ctx: Any) -> None:
        ctx.get_broadcast_state(self.rules).put(str(value), value)


@pytest.mark.parametrize(("rows", "memory", "execution"), SETTINGS)
def test_keys_beside_a_broadcast_go_through_one_by_one(
    make_env: MakeEnv, rows: str, memory: str, execution: str
) -> None:
    settings = {
        "headrace.batch.rows": rows,
        "execution.sorted-inputs.memory": memory,
        "python.execution-mode": execution,
    }
    env = make_env(1, "BATCH", **settings)
    keyed = env.from_collection(ROWS).key_by(lambda row: row[0])
    rules = env.from_collection([1000, 200]).broadcast(Add.rules)
    got = list(keyed.connect(rules).process(Add()).execute_and_collect())
    assert len(got) == len(ROWS)
    for key, group in itertools.groupby(got, lambda line: line[0]):
        sums = [n + 1200 for k, n in ROWS if k == key]
        assert list(group) == [(key, *pair) for pair in zip([None, *sums[:-1]], sums, strict=True)]
