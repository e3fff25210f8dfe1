"""Operations on whole partitions of bounded input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Generic, TypeVar

from headrace.common.typeinfo import TypeInformation, Types
from headrace.datastream import _checks as check
from headrace.datastream._keyed import KeyedStream
from headrace.datastream._operators.combine import GroupCombine
from headrace.datastream._operators.cross import Cross
from headrace.datastream._operators.partition import (
    AggregatePartition,
    FullKey,
    FullPartition,
    MapPartition,
    ReducePartition,
    SortPartition,
    SortThenMap,
)
from headrace.datastream._operators.ranges import (
    SAMPLES_PER_RANGE,
    Gather,
    RangeBounds,
    RangeSample,
    RangeSplit,
)
from headrace.datastream._operators.sorting import FieldKey
from headrace.datastream._sink import DataStreamSink
from headrace.datastream._stream import DataStream
from headrace.datastream.functions import (
    AggregateFunction,
    KeyedProcessFunction,
    KeySelector,
    MapPartitionFunction,
    ProcessFunction,
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
        return self._whole("Reduce", ReducePartition(func), self._stream._element_type())

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
        whole = SortPartition(_field_or_key(field), order is Order.DESCENDING)
        return self._whole("SortPartition", whole, self._stream._element_type())


class KeyedPartitionWindowedStream(PartitionWindowedStream[T]):
    """The elements of each key as one, once the input has ended."""

    def __init__(self, stream: KeyedStream[T, Any]) -> None:
        super().__init__(stream)
        self._keyed_stream = stream

    def _whole(self, name: str, whole: Any, output: TypeInformation) -> DataStream[Any]:
        windows = GlobalWindows.create_with_end_of_stream_trigger()
        return self._keyed_stream.window(windows).apply(FullKey(whole), output).name(name)


class SortedGroups(Generic[T]):
    """The elements of each key in an order, as one: .group_reduce(f) or .first_n(n)."""

    def __init__(self, stream: KeyedStream[T, Any], field: Any, order: Order) -> None:
        self._groups = KeyedPartitionWindowedStream(stream)
        self._input_type = stream._element_type()
        self._key, self._descending = _field_or_key(field), order is Order.DESCENDING

    def group_reduce(
        self,
        func: Callable[[Iterable[T]], Iterable[R]] | MapPartitionFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Gives a function an iterable of each key's elements in order."""
        check.function(func, MapPartitionFunction, "group_reduce(lambda rows: [sum(rows)])")
        whole = SortThenMap(self._key, self._descending, func)
        return self._groups._whole("GroupReduce", whole, check.output_type(output_type))

    def first_n(self, n: int) -> DataStream[T]:
        """The first n elements of each key."""
        whole = SortThenMap(self._key, self._descending, _Head(checked_n(n)))
        return self._groups._whole("First", whole, self._input_type)


class _Head:
    """The first n of an iterable."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __call__(self, rows: Iterable[Any]) -> Iterable[Any]:
        return itertools.islice(rows, self._n)


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


def first_n(stream: DataStream[T], n: int) -> DataStream[T]:
    """Any n elements, in one subtask."""
    of = stream._element_type()
    few = stream._python("operator", "First", _FirstHere(checked_n(n)), of)
    return few._python("operator", "First", _FirstHere(n), of).force_non_parallel()


def checked_n(n: int) -> int:
    """A number of elements, or an error."""
    if n < 1:
        raise ValueError(f"first_n() takes 1 or more, not {n}")
    return n


class _FirstHere:
    """The first n elements of a subtask."""

    def __init__(self, n: int) -> None:
        self._left = n

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        if self._left == 0:
            return ()
        self._left -= 1
        return (value,)

    def snapshot_state(self) -> list[int]:
        return [self._left]

    def restore_state(self, state: list[int]) -> None:
        self._left = min([self._left, *state])


def range_partition(
    stream: DataStream[T], key_selector: Callable[[T], Any] | KeySelector
) -> DataStream[T]:
    """Ranges of the key's order, one a subtask of what follows."""
    return _ranged(stream._values(), key_selector, False)


def _ranged(
    stream: DataStream[T], key_selector: Callable[[T], Any] | KeySelector, descending: bool
) -> DataStream[T]:
    check.key_selector(key_selector)
    ranges = stream._env.get_parallelism()
    pickled = Types.PICKLED_BYTE_ARRAY()
    sample = RangeSample(key_selector, ranges * SAMPLES_PER_RANGE)
    samples = stream._python("operator", "RangeSample", sample, pickled)
    bounds = samples._python("operator", "RangeBounds", RangeBounds(ranges), pickled)
    every = bounds.force_non_parallel().broadcast()
    split = stream._python("co_operator", "RangeSplit", RangeSplit(key_selector), pickled, every)
    placed = split.partition_custom(_place_descending if descending else _place, _first)
    return placed.map(_second, stream._element_type()).name("RangePartition")


class SortedStream(DataStream[T]):
    """A stream that is sorted as a whole: each subtask has one range of the order, sorted.

    What reads it in one place, execute_and_collect() and print(), sees it in order; in_order()
    does the same for other readers.
    """

    def in_order(self) -> DataStream[T]:
        """All elements in order, in one subtask."""
        tagged = self._python("process", "Ranges", _Tagged(), Types.PICKLED_BYTE_ARRAY())
        gathered = tagged._python("operator", "Gather", Gather(), self._element_type())
        return gathered.force_non_parallel()

    def execute_and_collect(
        self, job_execution_name: str | None = None, limit: int | None = None
    ) -> Any:
        """Runs the program and gives the elements in order."""
        ordered = self.in_order()
        if limit is None:
            return ordered.execute_and_collect(job_execution_name)
        return ordered.execute_and_collect(job_execution_name, limit)

    def print(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Prints the elements in order."""
        return self.in_order().print(sink_identifier)


class _Tagged(ProcessFunction):
    """Puts the subtask's number in front of each element."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self._subtask = runtime_context.get_index_of_this_subtask()

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        return ((self._subtask, value),)


def sort(
    stream: DataStream[T],
    field: int | str | Callable[[T], Any] | KeySelector,
    order: Order,
) -> SortedStream[T]:
    """Ranges, and each of them sorted."""
    key = _field_or_key(field)
    ranged = _ranged(stream._values(), key, order is Order.DESCENDING)
    ordered = PartitionWindowedStream(ranged).sort_partition(key, order).name("Sort")
    return SortedStream(ordered._env, ordered._upstreams)


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
    return stream._python("operator", "GroupCombine", operator, stream._element_type())


def cross(
    first: DataStream[Any], second: DataStream[Any], func: Callable[[Any, Any], Any] | None
) -> DataStream[Any]:
    """All pairs; the second stream is broadcast."""
    operator = Cross(func or _pair)
    every = second._values()._partitioned("broadcast")
    return first._values()._python(
        "co_operator", "Cross", operator, Types.PICKLED_BYTE_ARRAY(), every
    )


def _field_or_key(field: Any) -> Any:
    key = FieldKey(field) if isinstance(field, (int, str)) else field
    check.key_selector(key)
    return key


def _place(key: int, subtasks: int) -> int:
    return min(key, subtasks - 1)


def _place_descending(key: int, subtasks: int) -> int:
    return max(subtasks - 1 - key, 0)


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _second(pair: tuple[Any, Any]) -> Any:
    return pair[1]


def _pair(left: Any, right: Any) -> tuple[Any, Any]:
    return left, right
