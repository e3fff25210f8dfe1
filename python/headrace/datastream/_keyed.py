"""Streams whose elements have keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, overload

from headrace.common.typeinfo import TypeInformation, Types
from headrace.datastream import _checks as check
from headrace.datastream._graph import Upstream, UserFunction
from headrace.datastream._operators.adapter import Identity, KeyedFilter, KeyedFlatMap, KeyedMap
from headrace.datastream._operators.aggregation import Aggregation, folding
from headrace.datastream._sink import DataStreamSink
from headrace.datastream._stream import DataStream
from headrace.datastream.functions import (
    FilterFunction,
    FlatMapFunction,
    KeyedProcessFunction,
    KeySelector,
    MapFunction,
    ReduceFunction,
    SinkFunction,
)

if TYPE_CHECKING:
    from headrace.datastream._joined import IntervalJoin
    from headrace.datastream._partitioned import (
        KeyedPartitionWindowedStream,
        Order,
        SortedGroups,
    )
    from headrace.datastream._windowed import WindowedStream
    from headrace.datastream.window import WindowAssigner

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")
K2 = TypeVar("K2")

_PARTITIONED = "Cannot override partitioning for KeyedStream. Partition before key_by(), or call "


class KeyedStream(DataStream[T], Generic[T, K]):
    """A stream whose elements of equal keys meet in one subtask.

    Keys are told apart by type and value: 1, 1.0, True and "1" are four keys.

    >>> from headrace.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> sums = env.from_collection([("a", 1), ("a", 2)]).key_by(lambda e: e[0]).sum(1)
    >>> sums.get_name()
    'Sum'
    """

    class AccumulateType(Enum):
        """The rolling aggregations."""

        MIN = 1
        MAX = 2
        MIN_BY = 3
        MAX_BY = 4
        SUM = 5

    def __init__(
        self,
        origin: DataStream[T],
        key_selector: Callable[[T], K] | KeySelector,
        key_type: TypeInformation | None,
    ) -> None:
        selector = UserFunction(key_selector)
        upstreams = [
            Upstream(up.node, up.output, "hash", None, selector, key_type)
            for up in origin._upstreams
        ]
        super().__init__(origin._env, upstreams)
        self._origin = origin
        self._key_selector = key_selector
        self._key_type = key_type

    def get_type(self) -> TypeInformation:
        """A row of the key's type and the elements', as PyFlink says it.

        >>> from headrace.datastream import StreamExecutionEnvironment
        >>> env = StreamExecutionEnvironment.get_execution_environment()
        >>> env.from_collection([1], Types.INT()).key_by(lambda x: x, Types.INT()).get_type()
        RowTypeInfo(f0: Integer, f1: Integer)
        """
        key = self._key_type or Types.PICKLED_BYTE_ARRAY()
        return Types.ROW_NAMED(["f0", "f1"], [key, self._element_type()])

    def _keyed(
        self, name: str, operator: Any, output: TypeInformation, kind: str = "keyed_process"
    ) -> DataStream[Any]:
        return self._python(kind, name, operator, output)

    @overload
    def map(
        self, func: MapFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]: ...

    @overload
    def map(
        self, func: Callable[[T], R], output_type: TypeInformation | None = None
    ) -> DataStream[R]: ...

    def map(
        self,
        func: Callable[[Any], Any] | MapFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """One element in, one out; a MapFunction may use keyed state."""
        check.function(func, MapFunction, "ks.map(lambda x: x + 1)")
        return self._keyed("Map", KeyedMap(func), self._output(output_type, func, "map"))

    @overload
    def flat_map(
        self, func: FlatMapFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]: ...

    @overload
    def flat_map(
        self, func: Callable[[T], Iterable[R]], output_type: TypeInformation | None = None
    ) -> DataStream[R]: ...

    def flat_map(
        self,
        func: Callable[[Any], Iterable[Any]] | FlatMapFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """One element in, any number out; a FlatMapFunction may use keyed state."""
        check.function(func, FlatMapFunction, "ks.flat_map(lambda line: line.split())")
        output = self._output(output_type, func, "flat_map", many=True)
        return self._keyed("FlatMap", KeyedFlatMap(func), output)

    def filter(self, func: Callable[[T], bool] | FilterFunction) -> DataStream[T]:
        """Keeps the elements for which the function is true; it may use keyed state."""
        check.function(func, FilterFunction, "ks.filter(lambda x: x > 0)")
        return self._keyed("Filter", KeyedFilter(func), self._element_type())

    def reduce(self, func: Callable[[T, T], T] | ReduceFunction) -> DataStream[T]:
        """Joins each element with what came of the earlier ones of its key.

        In streaming mode every update is emitted, in batch mode the last of each key.
        """
        check.function(func, ReduceFunction, "ks.reduce(lambda a, b: a + b)")
        return self._keyed("Reduce", func, self._element_type(), "reduce")

    def sum(self, position_to_sum: int | str = 0) -> DataStream[T]:
        """Adds up a field, by its position or name; a basic value counts as one field."""
        return self._accumulate("Sum", "sum", position_to_sum)

    def min(self, position_to_min: int | str = 0) -> DataStream[T]:
        """The smallest value of a field, in the key's first element."""
        return self._accumulate("Min", "min", position_to_min)

    def max(self, position_to_max: int | str = 0) -> DataStream[T]:
        """The largest value of a field, in the key's first element."""
        return self._accumulate("Max", "max", position_to_max)

    def min_by(self, position_to_min_by: int | str = 0) -> DataStream[T]:
        """The element with the smallest value of a field, the first one of equals."""
        return self._accumulate("MinBy", "min_by", position_to_min_by)

    def max_by(self, position_to_max_by: int | str = 0) -> DataStream[T]:
        """The element with the largest value of a field, the first one of equals."""
        return self._accumulate("MaxBy", "max_by", position_to_max_by)

    def _accumulate(self, name: str, kind: str, position: int | str) -> DataStream[T]:
        function = Aggregation(kind, position)
        options = {"combinable": "true"} | folding(kind, position, self._element_type())
        return self._python("reduce", name, function, self._element_type(), options=options)

    def process(  # type: ignore[override]
        self, func: KeyedProcessFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """Takes elements with keyed state and timers."""
        if not isinstance(func, KeyedProcessFunction):
            raise TypeError(
                "KeyedProcessFunction is required for KeyedStream. Subclass it and define "
                f"process_element; got {type(func).__name__}"
            )
        output = self._output(output_type, func, "process_element", many=True)
        return self._keyed("KEYED PROCESS", func, output)

    def key_by(
        self,
        key_selector: Callable[[T], K2] | KeySelector | int | str | Sequence[int | str],
        key_type: TypeInformation | None = None,
    ) -> KeyedStream[T, K2]:
        """The same elements under other keys."""
        return self._origin.key_by(key_selector, key_type)

    def window(self, window_assigner: WindowAssigner[Any, Any]) -> WindowedStream[T]:
        """Windows of each key."""
        from headrace.datastream._windowed import WindowedStream

        return WindowedStream(self, window_assigner)

    def count_window(self, size: int, slide: int = 0) -> WindowedStream[T]:
        """Windows of a number of a key's elements, a new one every slide elements."""
        from headrace.datastream._windowed import WindowedStream, count_windows

        return WindowedStream(self, count_windows(size, slide))

    def interval_join(self, other: KeyedStream[Any, Any]) -> IntervalJoin:
        """Pairs of elements near in time: .between(lower, upper).process(function)."""
        from headrace.datastream._joined import IntervalJoin

        if not isinstance(other, KeyedStream):
            raise TypeError("interval_join() takes a KeyedStream: call key_by() on the other one")
        return IntervalJoin(self, other)

    def full_window_partition(self) -> KeyedPartitionWindowedStream[T]:
        """The elements of each key as one, once the input has ended."""
        from headrace.datastream._partitioned import KeyedPartitionWindowedStream

        return KeyedPartitionWindowedStream(self)

    def first_n(self, n: int) -> DataStream[T]:
        """The first n elements of each key."""
        from headrace.datastream._partitioned import FirstN, checked_n

        return self._keyed("First", FirstN(checked_n(n)), self._element_type())

    def group_reduce(
        self,
        func: Callable[[Iterable[T]], Iterable[R]],
        output_type: TypeInformation | None = None,
    ) -> DataStream[R]:
        """Takes all elements of a key at once, when the input has ended."""
        return self.full_window_partition().map_partition(func, output_type)

    def sort_group(
        self, field: int | str | Callable[[T], Any] | KeySelector, order: Order | None = None
    ) -> SortedGroups[T]:
        """Puts the elements of each key in an order, for group_reduce() or first_n()."""
        from headrace.datastream._partitioned import Order, SortedGroups

        return SortedGroups(self, field, order or Order.ASCENDING)

    def union(self, *streams: DataStream[T]) -> DataStream[T]:
        """The elements of several streams, without keys."""
        return self._values().union(*streams)

    def add_sink(self, sink_func: SinkFunction) -> DataStreamSink:
        """Writes the elements to a sink of the old kind."""
        return self._values().add_sink(sink_func)

    def print(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Prints the elements in the subtasks of their keys."""
        return self._values().print(sink_identifier)

    def _values(self) -> DataStream[T]:
        return self._keyed("Values", Identity(), self._element_type())

    def project(self, *field_indexes: int) -> DataStream[Any]:
        """Keeps some fields of tuples."""
        return self._values().project(*field_indexes)

    # ------------------------------------------------------------ what a keyed stream refuses

    def shuffle(self) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "shuffle() behind the next operator")

    def rebalance(self) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "rebalance() behind the next operator")

    def rescale(self) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "rescale() behind the next operator")

    def forward(self) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "forward() behind the next operator")

    def global_(self) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "global_() behind the next operator")

    def broadcast(self, *args: Any) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "broadcast() on the other stream")

    def partition_custom(self, partitioner: Any, key_selector: Any) -> NoReturn:
        """Refused: keys decide where elements go."""
        raise check.refused(_PARTITIONED + "partition_custom() behind the next operator")

    def set_parallelism(self, parallelism: int) -> NoReturn:
        """Refused: the next operator has a parallelism."""
        raise check.refused(_unsupported("Set parallelism"))

    def name(self, name: str) -> NoReturn:
        """Refused: the next operator has a name."""
        raise check.refused(_unsupported("Set name"))

    def get_name(self) -> NoReturn:
        """Refused: the next operator has a name."""
        raise check.refused("Get name of KeyedStream is not supported: ask the next operator")

    def uid(self, uid: str) -> NoReturn:
        """Refused: the next operator has a uid."""
        raise check.refused(_unsupported("Set uid"))

    def set_uid_hash(self, uid_hash: str) -> NoReturn:
        """Refused: the next operator has a uid."""
        raise check.refused(_unsupported("Set uid hash"))

    def set_max_parallelism(self, max_parallelism: int) -> NoReturn:
        """Refused: the next operator has key groups."""
        raise check.refused(_unsupported("Set max parallelism"))

    def force_non_parallel(self) -> NoReturn:
        """Refused: the next operator has a parallelism."""
        raise check.refused(_unsupported("Set force non-parallel"))

    def set_buffer_timeout(self, timeout_millis: int) -> NoReturn:
        """Refused: the operator before has buffers."""
        raise check.refused(_unsupported("Set buffer timeout"))

    def set_description(self, description: str) -> NoReturn:
        """Refused: the next operator has a description."""
        raise check.refused(_unsupported("Set description"))

    def start_new_chain(self) -> NoReturn:
        """Refused: the next operator may start a chain."""
        raise check.refused(_unsupported("Start new chain"))

    def disable_chaining(self) -> NoReturn:
        """Refused: the next operator may be chained or not."""
        raise check.refused(_unsupported("Disable chaining"))

    def slot_sharing_group(self, slot_sharing_group: Any) -> NoReturn:
        """Refused: the next operator has a slot."""
        raise check.refused(_unsupported("Setting slot sharing group"))

    def cache(self) -> NoReturn:
        """Refused: cache before the keys."""
        raise check.refused("Cache for KeyedStream is not supported: call cache() before key_by()")


def _unsupported(what: str) -> str:
    return f"{what} for KeyedStream is not supported: call it on the next operator"
