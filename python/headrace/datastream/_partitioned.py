"""Operations on whole partitions of bounded input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Generic, TypeVar

from headrace.common.typeinfo import TypeInformation, Types
from headrace.datastream import _checks as check
from headrace.datastream._keyed import KeyedStream
from headrace.datastream._operators.partition import (
    AggregatePartition,
    Cross,
    FullKey,
    FullPartition,
    GroupCombine,
    MapPartition,
    RangeSplit,
    ReducePartition,
    SortPartition,
)
from headrace.datastream._stream import DataStream
from headrace.datastream.functions import (
    AggregateFunction,
    KeyedProcessFunction,
    KeySelector,
    MapPartitionFunction,
    ReduceFunction,
    RuntimeContext,
)
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window import GlobalWindows

T = TypeVar("T")
R = TypeVar("R")


class Order(Enum):
    """The direction of a sort."""

    ASCENDING = 0
    DESCENDING = 1


class PartitionWindowedStream(Generic[T]):
    """The elements of each subtask as one, once the input has ended."""

    def __init__(self, stream: DataStream[T]) -> None:
        self._stream = stream

    def _whole(self, name: str, whole: Any, output: TypeInformation) -> DataStream[Any]:
        return self._stream._python("operator", name, FullPartition(whole), output)

    def map_partition(
        self,
        func: Callable[[Iterable[T]], Iterable[R]] | MapPartitionFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Gives a function an iterable of the partition's elements."""
        check.function(func, MapPartitionFunction, "map_partition(lambda rows: [sum(rows)])")
        return self._whole("MapPartition", MapPartition(func), check.output_type(output_type))

    def reduce(self, func: Callable[[T, T], T] | ReduceFunction) -> DataStream[T]:
        """Joins the partition's elements to one."""
        check.function(func, ReduceFunction, "reduce(lambda a, b: a + b)")
        return self._whole("Reduce", ReducePartition(func), self._stream.get_type())

    def aggregate(
        self, func: AggregateFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """Folds the partition's elements into one result."""
        if not isinstance(func, AggregateFunction):
            raise TypeError(f"aggregate() takes an AggregateFunction, not {type(func).__name__}")
        return self._whole("Aggregate", AggregatePartition(func), check.output_type(output_type))

    def sort_partition(
        self, field: int | str | Callable[[T], Any] | KeySelector, order: Order = Order.ASCENDING
    ) -> DataStream[T]:
        """Sorts the partition by a field's position or name, or by a key; None comes first."""
        key = _Field(field) if isinstance(field, (int, str)) else field
        check.key_selector(key)
        whole = SortPartition(key, order is Order.DESCENDING)
        return self._whole("SortPartition", whole, self._stream.get_type())


class KeyedPartitionWindowedStream(PartitionWindowedStream[T]):
    """The elements of each key as one, once the input has ended."""

    def __init__(self, stream: KeyedStream[T, Any]) -> None:
        super().__init__(stream)
        self._keyed_stream = stream

    def _whole(self, name: str, whole: Any, output: TypeInformation) -> DataStream[Any]:
        windows = GlobalWindows.create_with_end_of_stream_trigger()
        return self._keyed_stream.window(windows).apply(FullKey(whole), output).name(name)


class FirstN(KeyedProcessFunction):
    """The first n elements of each key."""

    def __init__(self, n: int) -> None:
        self._n = n

    def open(self, runtime_context: RuntimeContext) -> None:
        """Asks for the count."""
        self._seen = runtime_context.get_state(ValueStateDescriptor("first-n", Types.LONG()))

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any] | None:
        """The element while there are not n yet."""
        seen = self._seen.value() or 0
        if seen >= self._n:
            return None
        self._seen.update(seen + 1)
        return (value,)


def range_partition(
    stream: DataStream[T], key_selector: Callable[[T], Any] | KeySelector
) -> DataStream[T]:
    """Ranges of the key's order, one a subtask of what follows."""
    check.key_selector(key_selector)
    ranges = stream._env.get_parallelism()
    split = stream._python(
        "operator", "RangeSplit", RangeSplit(key_selector, ranges), Types.PICKLED_BYTE_ARRAY()
    ).force_non_parallel()
    placed = split.partition_custom(_place, _first)
    return placed.map(_second, stream.get_type()).name("RangePartition")


def group_combine(
    stream: DataStream[T],
    key_selector: Callable[[T], Any] | KeySelector,
    func: Callable[[T, T], T] | ReduceFunction,
    max_groups: int,
) -> DataStream[T]:
    """Reduces by key in each subtask."""
    check.key_selector(key_selector)
    check.function(func, ReduceFunction, "group_combine(key, lambda a, b: a + b)")
    if max_groups < 1:
        raise ValueError(f"max_groups must be 1 or more, not {max_groups}")
    operator = GroupCombine(func, key_selector, max_groups)
    return stream._python("operator", "GroupCombine", operator, stream.get_type())


def cross(
    first: DataStream[Any], second: DataStream[Any], func: Callable[[Any, Any], Any] | None
) -> DataStream[Any]:
    """All pairs; the second stream is broadcast."""
    operator = Cross(func or _pair)
    every = second._values()._partitioned("broadcast")
    return first._values()._python(
        "co_operator", "Cross", operator, Types.PICKLED_BYTE_ARRAY(), every
    )


class _Field:
    """Reads a field of an element."""

    def __init__(self, field: int | str) -> None:
        self._field = field

    def __call__(self, value: Any) -> Any:
        return value[self._field]


def _place(key: int, subtasks: int) -> int:
    return min(key, subtasks - 1)


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _second(pair: tuple[Any, Any]) -> Any:
    return pair[1]


def _pair(left: Any, right: Any) -> tuple[Any, Any]:
    return left, right
