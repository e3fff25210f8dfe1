"""The interfaces of user functions. Where one method is enough, a plain function does as well.

>>> class Double(MapFunction):
...     def map(self, value):
...         return value * 2
>>> Double().map(21)
42
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from headrace._lazy import exports
from headrace.datastream._async_functions import (
    AsyncFunction,
    AsyncFunctionDescriptor,
    AsyncRetryPredicate,
    AsyncRetryStrategy,
)
from headrace.datastream._broadcast_functions import (
    BaseBroadcastProcessFunction,
    BroadcastProcessFunction,
    KeyedBroadcastProcessFunction,
)
from headrace.datastream._function import Function, RuntimeContext
from headrace.datastream._process_functions import (
    CoProcessFunction,
    KeyedCoProcessFunction,
    KeyedProcessFunction,
    ProcessFunction,
    ProcessJoinFunction,
)
from headrace.datastream._window_functions import (
    AllWindowFunction,
    CoGroupFunction,
    JoinFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    WindowFunction,
)
from headrace.datastream.timerservice import TimerService

if TYPE_CHECKING:
    from headrace.datastream._graph import Json

__all__ = [
    "AggregateFunction",
    "AllWindowFunction",
    "AsyncFunction",
    "AsyncFunctionDescriptor",
    "AsyncRetryPredicate",
    "AsyncRetryStrategy",
    "BaseBroadcastProcessFunction",
    "BroadcastProcessFunction",
    "CoFlatMapFunction",
    "CoGroupFunction",
    "CoMapFunction",
    "CoProcessFunction",
    "FilterFunction",
    "FlatMapFunction",
    "Function",
    "JoinFunction",
    "KeySelector",
    "KeyedBroadcastProcessFunction",
    "KeyedCoProcessFunction",
    "KeyedProcessFunction",
    "MapFunction",
    "MapPartitionFunction",
    "NullByteKeySelector",
    "Partitioner",
    "ProcessAllWindowFunction",
    "ProcessFunction",
    "ProcessJoinFunction",
    "ProcessWindowFunction",
    "ReduceFunction",
    "RuntimeContext",
    "SinkFunction",
    "SourceFunction",
    "TimerService",
    "WindowFunction",
]


class MapFunction(Function):
    """One element in, one out."""

    @abstractmethod
    def map(self, value: Any) -> Any:
        """The element that takes this one's place."""


class CoMapFunction(Function):
    """A map over two connected streams; None is dropped."""

    @abstractmethod
    def map1(self, value: Any) -> Any:
        """Takes an element of the first stream."""

    @abstractmethod
    def map2(self, value: Any) -> Any:
        """Takes an element of the second stream."""


class FlatMapFunction(Function):
    """One element in, any number out."""

    @abstractmethod
    def flat_map(self, value: Any) -> Iterable[Any]:
        """The elements that take this one's place: return a list or yield them."""


class CoFlatMapFunction(Function):
    """A flat map over two connected streams; None stands for no element."""

    @abstractmethod
    def flat_map1(self, value: Any) -> Iterable[Any] | None:
        """Takes an element of the first stream."""

    @abstractmethod
    def flat_map2(self, value: Any) -> Iterable[Any] | None:
        """Takes an element of the second stream."""


class FilterFunction(Function):
    """Says which elements stay."""

    @abstractmethod
    def filter(self, value: Any) -> bool:
        """Whether the element stays."""


class ReduceFunction(Function):
    """Joins two elements into one of the same type; associative."""

    @abstractmethod
    def reduce(self, value1: Any, value2: Any) -> Any:
        """The two as one; value1 is what came of the earlier elements."""


class AggregateFunction(Function):
    """Folds elements into an accumulator and reads a result from it.

    >>> class Average(AggregateFunction):
    ...     def create_accumulator(self):
    ...         return (0, 0)
    ...     def add(self, value, accumulator):
    ...         return accumulator[0] + value, accumulator[1] + 1
    ...     def get_result(self, accumulator):
    ...         return accumulator[0] / accumulator[1]
    ...     def merge(self, acc_a, acc_b):
    ...         return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]
    >>> f = Average()
    >>> f.get_result(f.add(4, f.add(2, f.create_accumulator())))
    3.0
    """

    @abstractmethod
    def create_accumulator(self) -> Any:
        """The accumulator before the first element."""

    @abstractmethod
    def add(self, value: Any, accumulator: Any) -> Any:
        """The accumulator with the element added."""

    @abstractmethod
    def get_result(self, accumulator: Any) -> Any:
        """The result so far."""

    @abstractmethod
    def merge(self, acc_a: Any, acc_b: Any) -> Any:
        """Two accumulators as one; called when windows merge."""


class KeySelector(Function):
    """Reads the key of an element."""

    @abstractmethod
    def get_key(self, value: Any) -> Any:
        """The key."""


class NullByteKeySelector(KeySelector):
    """The same key for every element."""

    def get_key(self, value: Any) -> int:
        """Zero."""
        return 0


class Partitioner(Function):
    """Says to which subtask a key goes."""

    @abstractmethod
    def partition(self, key: Any, num_partitions: int) -> int:
        """A number from 0 to num_partitions - 1."""


class MapPartitionFunction(Function):
    """Sees all elements of a partition once the input has ended."""

    @abstractmethod
    def map_partition(self, values: Iterable[Any]) -> Iterable[Any] | None:
        """The elements that take the partition's place."""


class SourceFunction:
    """A source by the name of a connector; PyFlink's connectors of the old kind are such."""

    def __init__(self, connector: str, options: dict[str, str] | None = None) -> None:
        self._connector = connector
        self._options = dict(options or {})


class SinkFunction(Function):
    """A sink. Subclass it and define invoke(), or take one of headrace.datastream.connectors.

    >>> class Collect(SinkFunction):
    ...     def open(self, runtime_context):
    ...         self.seen = []
    ...     def invoke(self, value, context=None):
    ...         self.seen.append(value)
    """

    def __init__(self, connector: str = "python", options: dict[str, str] | None = None) -> None:
        self._connector = connector
        self._options = dict(options or {})

    def invoke(self, value: Any, context: Any = None) -> None:
        """Takes one element."""
        raise NotImplementedError(f"{type(self).__name__} must define invoke(self, value, context)")

    def _sink_json(self) -> Json:
        return {"connector": self._connector, "options": dict(self._options)}


_load = exports(
    __name__,
    {
        "headrace.metrics": ["MetricGroup"],
        "headrace.datastream._function": ["KeyedStateStore"],
        "headrace.datastream.time_domain": ["TimeDomain"],
        "headrace.datastream.state": [
            "AggregatingState",
            "AggregatingStateDescriptor",
            "BroadcastState",
            "ListState",
            "ListStateDescriptor",
            "MapState",
            "MapStateDescriptor",
            "ReadOnlyBroadcastState",
            "ReducingState",
            "ReducingStateDescriptor",
            "ValueState",
            "ValueStateDescriptor",
        ],
    },
)


def __getattr__(name: str) -> Any:
    """The states, which some programs import from here."""
    return _load(name)
