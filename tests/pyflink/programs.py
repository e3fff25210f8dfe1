"""DataStream programs over random elements: `programs.py SEED [NAME …]`, a JSON line for each.

Written for PyFlink; `python -m headrace.pyflink programs.py SEED` runs them on headrace. Results do
not depend on when watermarks come: nothing is late, and keys keep their order.
"""

import json
import random
import sys

from pyflink.common import Configuration, Duration, Row, Time, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    AggregateFunction,
    CoMapFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    OutputTag,
    ProcessWindowFunction,
    StreamExecutionEnvironment,
)
from pyflink.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)
from pyflink.datastream.window import (
    CountTrigger,
    EventTimeSessionWindows,
    PurgingTrigger,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
)

PICKLED = Types.PICKLED_BYTE_ARRAY()
LATE = OutputTag("odd", Types.LONG())


class Second(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class Whole(ProcessWindowFunction):
    def process(self, key, context, elements):
        window = context.window()
        yield key, window.start, window.end, sorted(e[2] for e in elements)


class Mean(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value[2], accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, a, b):
        return a[0] + b[0], a[1] + b[1]


class States(KeyedProcessFunction):
    """All kinds of state, a side output, timers that are moved."""

    def __init__(self, sides=False):
        self.sides = sides

    def open(self, runtime_context):
        get = runtime_context
        self.last = get.get_state(ValueStateDescriptor("last", Types.LONG()))
        self.items = get.get_list_state(ListStateDescriptor("items", PICKLED))
        self.counts = get.get_map_state(MapStateDescriptor("counts", Types.LONG(), Types.LONG()))
        add = ReducingStateDescriptor("sum", lambda a, b: a + b, Types.LONG())
        self.sum = get.get_reducing_state(add)

    def process_element(self, value, ctx):
        key, moment, n = value
        if self.last.value() is not None and n % 2 == 0:
            ctx.timer_service().delete_event_time_timer(self.last.value() + 10_000)
        ctx.timer_service().register_event_time_timer(moment + 10_000)
        self.last.update(moment)
        self.items.add((n, None))
        self.counts.put(n % 3, (self.counts.get(n % 3) or 0) + 1)
        self.sum.add(n)
        if self.sides and n % 2:
            yield LATE, n
        yield key, n, self.sum.get(), sorted(self.counts.items())

    def on_timer(self, timestamp, ctx):
        yield "timer", ctx.get_current_key(), timestamp, [i[0] for i in self.items.get()]


class Both(KeyedCoProcessFunction):
    def open(self, runtime_context):
        self.seen = runtime_context.get_list_state(ListStateDescriptor("seen", PICKLED))

    def process_element1(self, value, ctx):
        self._add("left", value, ctx)

    def process_element2(self, value, ctx):
        self._add("right", value, ctx)

    def _add(self, side, value, ctx):
        self.seen.add((side, value[2]))
        ctx.timer_service().register_event_time_timer(100_000)

    def on_timer(self, timestamp, ctx):
        yield ctx.get_current_key(), sorted(self.seen.get())


class Tagged(CoMapFunction):
    def map1(self, value):
        return "first", value[2]

    def map2(self, value):
        return "second", value[2] * 0.5


def elements(seed):
    """(key, time, number): times out of order by up to 50, with gaps."""
    choose = random.Random(seed)
    moment, made = 0, []
    for _ in range(60):
        moment += choose.choice((0, 3, 11, 140))
        made.append((choose.choice("abc"), moment + choose.randrange(50), choose.randrange(100)))
    return made


def typed(env, seed):
    return env.from_collection(
        elements(seed), Types.TUPLE([Types.STRING(), Types.LONG(), Types.LONG()])
    )


def timed(env, seed):
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(60))
    return typed(env, seed).assign_timestamps_and_watermarks(
        strategy.with_timestamp_assigner(Second())
    )


def keyed(env, seed):
    return timed(env, seed).key_by(lambda e: e[0], Types.STRING())


def tumbling(size):
    return TumblingEventTimeWindows.of(Time.milliseconds(size))


def add_third(a, b):
    return a[0], max(a[1], b[1]), a[2] + b[2]


PROGRAMS = {
    "reduce": lambda env, seed: keyed(env, seed).reduce(add_third),
    "min_by": lambda env, seed: keyed(env, seed).min_by(2),
    "max": lambda env, seed: keyed(env, seed).max(2),
    "tumbling": lambda env, seed: keyed(env, seed).window(tumbling(100)).process(Whole()),
    "sliding": lambda env, seed: keyed(env, seed)
    .window(SlidingEventTimeWindows.of(Time.milliseconds(300), Time.milliseconds(100)))
    .aggregate(Mean()),
    "session": lambda env, seed: keyed(env, seed)
    .window(EventTimeSessionWindows.with_gap(Time.milliseconds(60)))
    .reduce(add_third),
    "count_trigger": lambda env, seed: keyed(env, seed)
    .window(tumbling(500))
    .trigger(PurgingTrigger.of(CountTrigger.of(3)))
    .process(Whole()),
    "count_window": lambda env, seed: keyed(env, seed).count_window(4).reduce(add_third),
    "states": lambda env, seed: keyed(env, seed).process(States()),
    "side_output": lambda env, seed: keyed(env, seed).process(States(True)).get_side_output(LATE),
    "co_process": lambda env, seed: keyed(env, seed)
    .connect(keyed(env, seed + 1))
    .process(Both()),
    "rows": lambda env, seed: typed(env, seed)
    .map(
        lambda e: Row(e[0], e[2] / 3, [e[1]] * (e[2] % 3)),
        Types.ROW_NAMED(["k", "x", "l"], [Types.STRING(), Types.FLOAT(), Types.LIST(Types.LONG())]),
    )
    .filter(lambda r: r[0] != "c"),
    "co_map": lambda env, seed: typed(env, seed).connect(typed(env, seed + 1)).map(Tagged()),
}


def main():
    seed, names = int(sys.argv[1]), sys.argv[2:] or list(PROGRAMS)
    for name in names:
        build = PROGRAMS[name]
        config = Configuration()
        config.set_string("rest.bind-port", "0")
        env = StreamExecutionEnvironment.get_execution_environment(config)
        env.set_parallelism(1)
        with build(env, seed).execute_and_collect() as found:
            print("PROGRAM " + json.dumps([name, sorted(map(repr, found))]), flush=True)


if __name__ == "__main__":
    main()
