"""The programs of the matrix: every kind of window, trigger, evictor, state, timer and join.

Elements are (n, time), by key n % KEYS; times jump about by less than what watermarks allow, so
that nothing is late and the results are the same whenever watermarks come.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headrace.common import Duration, Time, TimestampAssigner, Types, WatermarkStrategy
from headrace.datastream import (
    AggregateFunction,
    AsyncDataStream,
    AsyncFunction,
    KeyedBroadcastProcessFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    MapFunction,
    OutputTag,
    ProcessAllWindowFunction,
    ProcessJoinFunction,
    ProcessWindowFunction,
    WindowFunction,
)
from headrace.datastream import state as s
from headrace.datastream import window as w

COUNT, KEYS = 120, 5
BOTH, STREAMING = ("STREAMING", "BATCH"), ("STREAMING",)
PICKLED = Types.PICKLED_BYTE_ARRAY()


class Failing(MapFunction):
    """Raises once, at an element or the first one after it behind a completed checkpoint."""

    def __init__(self, at: int | None, folder: Path, after_checkpoint: bool = False) -> None:
        self.at, self.mark, self.after = at, os.fspath(folder / "failed"), after_checkpoint
        self.behind_checkpoint = False

    def failed(self) -> bool:
        return os.path.exists(self.mark)

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        self.behind_checkpoint = True

    def map(self, value: Any) -> Any:
        n = value[0]
        if self.at is None or n < self.at // 2 or self.failed():
            return value
        time.sleep(0.02)  # so that checkpoints fall in between; the last element fails in any case
        ready = self.behind_checkpoint or not self.after or n == COUNT - 1
        if n >= self.at and ready:
            with open(self.mark, "w"):
                pass
            raise RuntimeError("once")
        return value


class Second(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        moment: int = value[1]
        return moment


def time_of(n: int) -> int:
    """Out of order by up to 170, with a gap of 1000 after a half."""
    return n * 10 + n * 37 % 90 - n * 53 % 80 + (1000 if n >= COUNT // 2 else 0)


def stream(env: Any, failing: Failing) -> Any:
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(400))
    elements = [(n, time_of(n)) for n in range(COUNT)]
    made = env.from_collection(elements).map(failing).set_parallelism(1)
    timed = strategy.with_timestamp_assigner(Second())
    return made.assign_timestamps_and_watermarks(timed).set_parallelism(1)


def other(env: Any) -> Any:
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Second())
    elements = [(n, n * 40) for n in range(0, COUNT, 3)]
    return env.from_collection(elements).assign_timestamps_and_watermarks(strategy)


def key(value: Any) -> int:
    number: int = value[0] % KEYS
    return number


def keyed(env: Any, failing: Failing) -> Any:
    return stream(env, failing).key_by(key)


class Whole(ProcessWindowFunction[Any, Any, Any, Any]):
    def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        window = context.window()
        yield key, getattr(window, "start", None), sorted(v[0] for v in elements)


class WholeAll(ProcessAllWindowFunction[Any, Any, Any]):
    def process(self, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        yield context.window().start, sorted(v[0] for v in elements)


class Total(AggregateFunction):
    def create_accumulator(self) -> Any:
        return [0, 0]

    def add(self, value: Any, accumulator: Any) -> Any:
        accumulator[0] += value[0]
        accumulator[1] += 1
        return accumulator

    def get_result(self, accumulator: Any) -> Any:
        return tuple(accumulator)

    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        return [acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]]


class Result(ProcessWindowFunction[Any, Any, Any, Any]):
    def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        yield key, getattr(context.window(), "end", None), list(elements)


class Applied(WindowFunction[Any, Any, Any, Any]):
    def apply(self, key: Any, window: Any, inputs: Iterable[Any]) -> Iterable[Any]:
        yield key, window.max_timestamp(), sum(v[0] for v in inputs)


class Firings(ProcessWindowFunction[Any, Any, Any, Any]):
    """Counts firings in the window's state and in the key's.

    Which window a key fires when is up to the watermarks, so the two come apart.
    """

    OWN = s.ValueStateDescriptor("own", Types.INT())
    ALL = s.ValueStateDescriptor("all", Types.INT())

    def process(self, key: Any, context: Any, elements: Iterable[Any]) -> Iterable[Any]:
        counts = []
        for state in (context.window_state(), context.global_state()):
            value = state.get_state(self.OWN if not counts else self.ALL)
            value.update((value.value() or 0) + 1)
            counts.append(value.value())
        yield key, context.window().start, counts[0], len(list(elements))
        yield key, "all", counts[1]

    def clear(self, context: Any) -> None:
        context.window_state().get_state(self.OWN).clear()


class EarlySum(w.Trigger[Any, Any]):
    """Fires when its state has counted three, and at the end."""

    COUNT = s.ReducingStateDescriptor("n", lambda a, b: a + b, Types.LONG())

    def on_element(self, element: Any, timestamp: int, window: Any, ctx: Any) -> Any:
        ctx.register_event_time_timer(window.max_timestamp())
        state = ctx.get_partitioned_state(self.COUNT)
        state.add(1)
        if state.get() < 3:
            return w.TriggerResult.CONTINUE
        state.clear()
        return w.TriggerResult.FIRE

    def on_processing_time(self, time: int, window: Any, ctx: Any) -> Any:
        return w.TriggerResult.CONTINUE

    def on_event_time(self, time: int, window: Any, ctx: Any) -> Any:
        last = time == window.max_timestamp()
        return w.TriggerResult.FIRE_AND_PURGE if last else w.TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        return True

    def on_merge(self, window: Any, ctx: Any) -> None:
        ctx.merge_partitioned_state(self.COUNT)
        ctx.register_event_time_timer(window.max_timestamp())

    def clear(self, window: Any, ctx: Any) -> None:
        ctx.get_partitioned_state(self.COUNT).clear()
        ctx.delete_event_time_timer(window.max_timestamp())


class States(KeyedProcessFunction):
    """All kinds of state at once; what they hold goes out with each element."""

    def open(self, runtime_context: Any) -> None:
        get = runtime_context
        self.value = get.get_state(s.ValueStateDescriptor("v", Types.LONG()))
        self.items = get.get_list_state(s.ListStateDescriptor("l", PICKLED))
        self.table = get.get_map_state(s.MapStateDescriptor("m", Types.INT(), Types.STRING()))
        add = s.ReducingStateDescriptor("r", lambda a, b: a + b, Types.LONG())
        self.sum = get.get_reducing_state(add)
        self.total = get.get_aggregating_state(s.AggregatingStateDescriptor("a", Total(), PICKLED))
        self.lasting = get.get_map_state(self._lasting())

    def _lasting(self) -> Any:
        descriptor = s.MapStateDescriptor("ttl", Types.INT(), Types.INT())
        descriptor.enable_time_to_live(s.StateTtlConfig.new_builder(Time.days(1)).build())
        return descriptor

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        n = value[0]
        self.value.update((self.value.value() or 0) + n)
        if n % 7 == 0:
            self.items.update([n])
        else:
            self.items.add({"n": n})
        self.table.put(n % 11, str(n))
        if n % 4 == 0:
            self.table.remove(n % 3)
        self.sum.add(n)
        self.total.add(value)
        self.lasting.put(n % 2, n)
        yield (
            n, self.value.value(), list(self.items.get()), sorted(self.table.items()),
            self.sum.get(), self.total.get(), sorted(self.lasting.items()),
        )  # fmt: skip


class Mutating(KeyedProcessFunction):
    """Changes in place what state has handed out."""

    def open(self, runtime_context: Any) -> None:
        self.seen = runtime_context.get_state(s.ValueStateDescriptor("seen", PICKLED))

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        seen = self.seen.value() or {"list": []}
        seen["list"].append(value[0])
        self.seen.update(seen)
        yield key(value), list(seen["list"])


class Timers(KeyedProcessFunction):
    """Sets, moves and deletes timers of event time; on_timer sets one more."""

    def open(self, runtime_context: Any) -> None:
        self.count = runtime_context.get_state(s.ValueStateDescriptor("n", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> None:
        self.count.update((self.count.value() or 0) + 1)
        timers = ctx.timer_service()
        timers.register_event_time_timer(50_000 + value[0] // 10)
        if value[0] % 3 == 0:
            timers.delete_event_time_timer(50_000 + value[0] // 20)

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Any]:
        if timestamp < 60_000:
            ctx.timer_service().register_event_time_timer(timestamp + 10_000)
        yield ctx.get_current_key(), timestamp, self.count.value()


class Rules(KeyedBroadcastProcessFunction):
    """Keeps what it is told, and says at the end of time what it knows."""

    RULES = s.MapStateDescriptor("rules", Types.INT(), Types.INT())

    def open(self, runtime_context: Any) -> None:
        self.sum = runtime_context.get_state(s.ValueStateDescriptor("sum", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> None:
        self.sum.update((self.sum.value() or 0) + value[0])
        ctx.timer_service().register_event_time_timer(1_000_000)

    def process_broadcast_element(self, value: Any, ctx: Any) -> None:
        ctx.get_broadcast_state(self.RULES).put(value[0], value[1])

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Any]:
        rules = sorted(ctx.get_broadcast_state(self.RULES).items())
        yield ctx.get_current_key(), self.sum.value(), rules


class Meeting(KeyedCoProcessFunction):
    """Both inputs into one state, read by a timer."""

    def open(self, runtime_context: Any) -> None:
        self.seen = runtime_context.get_map_state(
            s.MapStateDescriptor("seen", PICKLED, Types.LONG())
        )

    def process_element1(self, value: Any, ctx: Any) -> None:
        self._add(1, value, ctx)

    def process_element2(self, value: Any, ctx: Any) -> None:
        self._add(2, value, ctx)

    def _add(self, side: int, value: Any, ctx: Any) -> None:
        self.seen.put((side, value[0]), value[1])
        ctx.timer_service().register_event_time_timer(1_000_000)

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Any]:
        yield ctx.get_current_key(), sorted(self.seen.items())


class Pairs(ProcessJoinFunction):
    def process_element(self, left: Any, right: Any, ctx: Any) -> Iterable[Any]:
        yield left, right, ctx.get_timestamp()


class Sides(KeyedProcessFunction):
    ODD = OutputTag("odd", Types.LONG())

    def open(self, runtime_context: Any) -> None:
        self.n = runtime_context.get_state(s.ValueStateDescriptor("n", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        self.n.update((self.n.value() or 0) + 1)
        yield (self.ODD, self.n.value()) if value[0] % 2 else ("even", self.n.value())


class Slow(AsyncFunction[Any, Any]):
    async def async_invoke(self, value: Any) -> list[Any]:
        import asyncio

        await asyncio.sleep(0.001 * (value[0] % 4))
        return [("done", value[0])]


def sides(env: Any, failing: Failing) -> Any:
    main = keyed(env, failing).process(Sides())
    return main.get_side_output(Sides.ODD).map(lambda n: ("odd", n)).union(main)


def broadcast(env: Any, failing: Failing) -> Any:
    rules = other(env).broadcast(Rules.RULES)
    return keyed(env, failing).connect(rules).process(Rules())


def asynchronous(wait: Any) -> Callable[..., Any]:
    def build(env: Any, failing: Failing) -> Any:
        calls = wait(stream(env, failing), Slow(), Time.minutes(5), 4)
        return calls.key_by(lambda v: v[1] % KEYS).map(lambda v: v)

    return build


def windowed(assigner: Any, use: Callable[[Any], Any], *steps: Callable[[Any], Any]) -> Any:
    def build(env: Any, failing: Failing) -> Any:
        windows = keyed(env, failing).window(assigner)
        for step in steps:
            windows = step(windows)
        return use(windows)

    return build


def joined(kind: str) -> Callable[..., Any]:
    def build(env: Any, failing: Failing) -> Any:
        left, right = stream(env, failing), other(env)
        pair = left.join(right) if kind == "join" else left.co_group(right)
        windows = pair.where(key).equal_to(key)
        tumbling = windows.window(w.TumblingEventTimeWindows.of(Time.milliseconds(200)))
        if kind == "join":
            return tumbling.apply(lambda a, b: (a, b))
        return tumbling.apply(lambda a, b: [(sorted(a), sorted(b))])

    return build


def interval(env: Any, failing: Failing) -> Any:
    right = other(env).key_by(key)
    bounds = keyed(env, failing).interval_join(right)
    return bounds.between(Time.milliseconds(-100), Time.milliseconds(100)).process(Pairs())


@dataclass(frozen=True)
class Program:
    """What builds a stream of an environment and the function that fails."""

    build: Callable[[Any, Failing], Any]
    modes: tuple[str, ...] = BOTH


MS = Time.milliseconds
ASSIGNERS: dict[str, Any] = {
    "tumbling": w.TumblingEventTimeWindows.of(MS(250)),
    "tumbling_offset": w.TumblingEventTimeWindows.of(MS(250), MS(40)),
    "sliding": w.SlidingEventTimeWindows.of(MS(300), MS(100)),
    "session": w.EventTimeSessionWindows.with_gap(MS(60)),
    "dynamic": w.EventTimeSessionWindows.with_dynamic_gap(
        type("Gap", (w.SessionWindowTimeGapExtractor,), {"extract": lambda _, v: 40 + v[0] % 30})()
    ),
    "end_of_stream": w.GlobalWindows.create_with_end_of_stream_trigger(),
}
USES: dict[str, Callable[[Any], Any]] = {
    "process": lambda x: x.process(Whole()),
    "reduce": lambda x: x.reduce(lambda a, b: (a[0] + b[0], max(a[1], b[1]))),
    "reduce_process": lambda x: x.reduce(lambda a, b: (a[0] + b[0], 0), Result()),
    "aggregate": lambda x: x.aggregate(Total()),
    "aggregate_process": lambda x: x.aggregate(Total(), Result()),
    "apply": lambda x: x.apply(Applied()),
}
# Several firings: their number depends on the order of elements alone, which streaming keeps.
TRIGGERS: dict[str, Callable[[Any], Any]] = {
    "count": lambda x: x.trigger(w.CountTrigger.of(3)),
    "purging": lambda x: x.trigger(w.PurgingTrigger.of(w.CountTrigger.of(2))),
    "custom": lambda x: x.trigger(EarlySum()),
    "delta": lambda x: x.trigger(w.DeltaTrigger.of(20, lambda a, b: b[0] - a[0])),
}
EVICTORS: dict[str, Callable[[Any], Any]] = {
    "count": lambda x: x.evictor(w.CountEvictor.of(2)),
    "time": lambda x: x.evictor(w.TimeEvictor.of(MS(60))),
    "delta": lambda x: x.evictor(w.DeltaEvictor.of(15, lambda a, b: b[0] - a[0])),
}
PROGRAMS: dict[str, Program] = {
    **{
        f"{a}.{u}": Program(windowed(assigner, use))
        for a, assigner in ASSIGNERS.items()
        for u, use in USES.items()
    },
    **{
        f"{a}.{t}.firings": Program(
            windowed(ASSIGNERS[a], lambda x: x.process(Firings()), trigger), STREAMING
        )
        for a in ("tumbling", "sliding")
        for t, trigger in TRIGGERS.items()
    },
    **{
        f"session.{t}": Program(windowed(ASSIGNERS["session"], USES["process"], trigger), STREAMING)
        for t, trigger in TRIGGERS.items()
        if t != "delta"
    },
    **{
        f"tumbling.evict_{e}": Program(windowed(ASSIGNERS["tumbling"], USES["process"], evictor))
        for e, evictor in EVICTORS.items()
    },
    "tumbling.count.evict_count": Program(
        windowed(ASSIGNERS["tumbling"], USES["process"], TRIGGERS["count"], EVICTORS["count"]),
        STREAMING,
    ),
    "count_window": Program(
        lambda env, f: keyed(env, f).count_window(4).process(Whole()), STREAMING
    ),
    "count_window_sliding": Program(
        lambda env, f: keyed(env, f).count_window(4, 2).reduce(lambda a, b: (a[0] + b[0], 0)),
        STREAMING,
    ),
    "window_all": Program(
        lambda env, f: stream(env, f).window_all(ASSIGNERS["tumbling"]).process(WholeAll())
    ),
    "states": Program(lambda env, f: keyed(env, f).process(States())),
    "mutating": Program(lambda env, f: keyed(env, f).process(Mutating())),
    "timers": Program(lambda env, f: keyed(env, f).process(Timers())),
    "reduce": Program(lambda env, f: keyed(env, f).reduce(lambda a, b: (a[0] + b[0], a[1]))),
    "sum": Program(lambda env, f: keyed(env, f).sum(0)),
    "min_by": Program(lambda env, f: keyed(env, f).min_by(1)),
    "co_process": Program(
        lambda env, f: keyed(env, f).connect(other(env).key_by(key)).process(Meeting())
    ),
    "broadcast": Program(broadcast),
    "join": Program(joined("join")),
    "co_group": Program(joined("co_group")),
    "interval_join": Program(interval),
    "side_outputs": Program(sides),
    "async_ordered": Program(asynchronous(AsyncDataStream.ordered_wait)),
    "async_unordered": Program(asynchronous(AsyncDataStream.unordered_wait)),
    "partition": Program(
        lambda env, f: keyed(env, f).full_window_partition().reduce(
            lambda a, b: (a[0] + b[0], max(a[1], b[1]))
        )
    ),
}  # fmt: skip
SAMPLE = {
    ("session.aggregate_process", 3, "STREAMING"), ("sliding.process", 1, "STREAMING"),
    ("tumbling.custom.firings", 3, "STREAMING"), ("tumbling.evict_time", 3, "BATCH"),
    ("count_window", 3, "STREAMING"), ("states", 3, "STREAMING"), ("states", 3, "BATCH"),
    ("timers", 3, "STREAMING"), ("broadcast", 3, "STREAMING"), ("co_group", 3, "STREAMING"),
    ("interval_join", 3, "STREAMING"), ("side_outputs", 3, "STREAMING"),
    ("async_unordered", 3, "STREAMING"), ("reduce", 3, "BATCH"),
}  # fmt: skip
