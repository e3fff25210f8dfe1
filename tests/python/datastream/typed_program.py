"""A program with types, which mypy --strict takes but for the lines that say `error`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from headrace.common import Configuration, Duration, Time, Types, WatermarkStrategy
from headrace.datastream import (
    AggregateFunction,
    DataStream,
    KeyedProcessFunction,
    KeyedStream,
    MapFunction,
    OutputTag,
    ProcessFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from headrace.datastream.state import ValueState, ValueStateDescriptor
from headrace.datastream.window import TumblingEventTimeWindows

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value: object, _: object) -> object:
        return value


class Order(NamedTuple):
    customer: str
    amount: float


def parse(line: str) -> Order:
    customer, amount = line.split(",")
    return Order(customer, float(amount))


def words(line: str) -> Iterator[str]:
    yield from line.split()


class Total(KeyedProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.total: ValueState[float] = runtime_context.get_state(
            ValueStateDescriptor("total", Types.DOUBLE())
        )

    def process_element(
        self, value: Order, ctx: KeyedProcessFunction.Context
    ) -> Iterable[tuple[str, float]]:
        total = (self.total.value() or 0.0) + value.amount
        self.total.update(total)
        ctx.timer_service().register_event_time_timer(5)
        yield value.customer, total

    def on_timer(
        self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext
    ) -> Iterable[tuple[str, float]]:
        yield str(ctx.get_current_key()), float(timestamp)


class Length(MapFunction):
    def map(self, value: str) -> int:
        return len(value)

class Split(ProcessFunction):
    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterable[object]:
        yield value
        yield OutputTag("late", Types.STRING()), value

class Mean(AggregateFunction):
    def create_accumulator(self) -> tuple[float, int]:
        return 0.0, 0

    def add(self, value: Order, accumulator: tuple[float, int]) -> tuple[float, int]:
        return accumulator[0] + value.amount, accumulator[1] + 1

    def get_result(self, accumulator: tuple[float, int]) -> float:
        return accumulator[0] / accumulator[1]

    def merge(self, acc_a: tuple[float, int], acc_b: tuple[float, int]) -> tuple[float, int]:
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


env = StreamExecutionEnvironment.get_execution_environment(Configuration())
lines = env.from_collection(["a,1", "b,2"])
assert_type(lines, DataStream[str])
orders = lines.map(parse)
assert_type(orders, DataStream[Order])
with orders.execute_and_collect() as found:
    for order in found:
        assert_type(order, Order)
assert_type(orders.execute_and_collect(limit=3), list[Order])
assert_type(lines.flat_map(words), DataStream[str])
assert_type(orders.filter(lambda o: o.amount > 1), DataStream[Order])
keyed = orders.key_by(lambda o: o.customer)
assert_type(keyed, KeyedStream[Order, str])
largest = keyed.reduce(lambda a, b: a if a.amount > b.amount else b)
assert_type(largest, DataStream[Order])
totals = keyed.process(Total())
lengths = lines.map(Length())
windowed = keyed.window(TumblingEventTimeWindows.of(Time.seconds(1))).aggregate(Mean())
summed = keyed.window(TumblingEventTimeWindows.of(Time.seconds(1))).sum(1)
assert_type(summed, DataStream[Order])
assert_type(orders.union(orders), DataStream[Order])
assert_type(orders.rebalance(), DataStream[Order])
with_time = orders.assign_timestamps_and_watermarks(
    WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(1))
)
assert_type(with_time, DataStream[Order])
orders.map(lambda o: o.amout)  # error: attr-defined
lines.map(len).map(lambda n: n.upper())  # error: attr-defined
