"""State: what a function remembers between elements, and how it is described.

>>> descriptor = ValueStateDescriptor("count", Types.LONG())
>>> descriptor.enable_time_to_live(StateTtlConfig.new_builder(Time.hours(1)).build())
>>> descriptor.get_name()
'count'
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from headrace.common.time import Time
from headrace.common.typeinfo import RowTypeInfo, TypeInformation, Types
from headrace.datastream._ttl import StateTtlConfig
from headrace.datastream.functions import AggregateFunction, ReduceFunction

__all__ = [
    "AggregatingState",
    "AggregatingStateDescriptor",
    "AppendingState",
    "BroadcastState",
    "ListState",
    "ListStateDescriptor",
    "MapState",
    "MapStateDescriptor",
    "MergingState",
    "OperatorStateStore",
    "ReadOnlyBroadcastState",
    "ReducingState",
    "ReducingStateDescriptor",
    "State",
    "StateDescriptor",
    "StateTtlConfig",
    "Time",
    "Types",
    "ValueState",
    "ValueStateDescriptor",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
IN = TypeVar("IN")
OUT = TypeVar("OUT")


class OperatorStateStore(ABC):
    """State of a subtask, without keys."""

    @abstractmethod
    def get_broadcast_state(self, state_descriptor: MapStateDescriptor) -> BroadcastState[Any, Any]:
        """A map that is the same in every subtask."""


class State(ABC):
    """State of the current key."""

    @abstractmethod
    def clear(self) -> None:
        """Forgets it."""


class ValueState(State, Generic[T]):
    """One value."""

    @abstractmethod
    def value(self) -> T | None:
        """The value, None where there is none."""

    @abstractmethod
    def update(self, value: T | None) -> None:
        """Sets the value; None clears it."""


class AppendingState(State, Generic[IN, OUT]):
    """State that elements are added to."""

    @abstractmethod
    def get(self) -> OUT:
        """What has come of the elements; None where there were none."""

    @abstractmethod
    def add(self, value: IN) -> None:
        """Adds an element."""


class MergingState(AppendingState[IN, OUT]):
    """Appending state that can be merged when windows are."""


class ListState(MergingState[T, Iterable[T]]):
    """A list."""

    @abstractmethod
    def update(self, values: list[T]) -> None:
        """Replaces the elements."""

    @abstractmethod
    def add_all(self, values: list[T]) -> None:
        """Adds several elements."""

    def __iter__(self) -> Iterator[T]:
        return iter(self.get())


class ReducingState(MergingState[T, T]):
    """A value that a reduce function makes of all that was added."""


class AggregatingState(MergingState[IN, OUT]):
    """A value that an aggregate function makes of all that was added."""


class _ReadableMap(State, Generic[K, V]):
    """A dict that can be read."""

    @abstractmethod
    def get(self, key: K) -> V:
        """The value, None where there is none."""

    @abstractmethod
    def contains(self, key: K) -> bool:
        """Whether there is a value."""

    @abstractmethod
    def items(self) -> Iterable[tuple[K, V]]:
        """The pairs."""

    @abstractmethod
    def keys(self) -> Iterable[K]:
        """The keys."""

    @abstractmethod
    def values(self) -> Iterable[V]:
        """The values."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""

    def __getitem__(self, key: K) -> V:
        return self.get(key)

    def __contains__(self, key: K) -> bool:
        return self.contains(key)

    def __iter__(self) -> Iterator[K]:
        return iter(self.keys())


class _WritableMap(_ReadableMap[K, V]):
    """A dict that can be written too."""

    @abstractmethod
    def put(self, key: K, value: V) -> None:
        """Sets a value."""

    @abstractmethod
    def put_all(self, dict_value: dict[K, V]) -> None:
        """Sets several values."""

    @abstractmethod
    def remove(self, key: K) -> None:
        """Removes a value."""

    def __setitem__(self, key: K, value: V) -> None:
        self.put(key, value)

    def __delitem__(self, key: K) -> None:
        self.remove(key)


class MapState(_WritableMap[K, V]):
    """A dict."""


class ReadOnlyBroadcastState(_ReadableMap[K, V]):
    """Broadcast state as the elements of the other stream see it."""


class BroadcastState(_WritableMap[K, V], ReadOnlyBroadcastState[K, V]):
    """Broadcast state as the elements of the broadcast stream see it."""


class StateDescriptor:
    """Names a state and says what is in it."""

    def __init__(self, name: str, type_info: TypeInformation | Sequence[TypeInformation]) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"a state needs a name, a non-empty string, not {name!r}")
        self.name = name
        self.type_info = _type(type_info)
        self._ttl_config: StateTtlConfig | None = None

    def get_name(self) -> str:
        """The name."""
        return self.name

    def enable_time_to_live(self, ttl_config: StateTtlConfig) -> None:
        """Lets values expire."""
        if not isinstance(ttl_config, StateTtlConfig):
            raise TypeError("enable_time_to_live takes StateTtlConfig.new_builder(...).build()")
        self._ttl_config = ttl_config

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class ValueStateDescriptor(StateDescriptor):
    """Describes one value."""

    def __init__(
        self, name: str, value_type_info: TypeInformation | Sequence[TypeInformation]
    ) -> None:
        super().__init__(name, value_type_info)


class ListStateDescriptor(StateDescriptor):
    """Describes a list."""

    def __init__(
        self, name: str, elem_type_info: TypeInformation | Sequence[TypeInformation]
    ) -> None:
        super().__init__(name, elem_type_info)


class MapStateDescriptor(StateDescriptor):
    """Describes a dict."""

    def __init__(
        self, name: str, key_type_info: TypeInformation, value_type_info: TypeInformation
    ) -> None:
        super().__init__(name, Types.MAP(_type(key_type_info), _type(value_type_info)))


class ReducingStateDescriptor(StateDescriptor):
    """Describes a value kept by a reduce function.

    >>> d = ReducingStateDescriptor("sum", lambda a, b: a + b, Types.LONG())
    >>> d.get_reduce_function().reduce(1, 2)
    3
    """

    def __init__(
        self,
        name: str,
        reduce_function: ReduceFunction | Callable[[Any, Any], Any],
        type_info: TypeInformation,
    ) -> None:
        super().__init__(name, type_info)
        if isinstance(reduce_function, ReduceFunction):
            self._reduce_function = reduce_function
        elif callable(reduce_function):
            self._reduce_function = _ReduceCall(reduce_function)
        else:
            raise TypeError(
                "The input must be a ReduceFunction or a callable function, "
                f"not {reduce_function!r}"
            )

    def get_reduce_function(self) -> ReduceFunction:
        """The function."""
        return self._reduce_function


class AggregatingStateDescriptor(StateDescriptor):
    """Describes a value kept by an aggregate function; the type is the accumulator's."""

    def __init__(
        self, name: str, agg_function: AggregateFunction, state_type_info: TypeInformation
    ) -> None:
        super().__init__(name, state_type_info)
        if not isinstance(agg_function, AggregateFunction):
            raise TypeError(f"The input must be an AggregateFunction, not {agg_function!r}")
        self._agg_function = agg_function

    def get_agg_function(self) -> AggregateFunction:
        """The function."""
        return self._agg_function


class _ReduceCall(ReduceFunction):
    """A plain function as a ReduceFunction."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.reduce = function  # type: ignore[method-assign,assignment]

    def reduce(self, value1: Any, value2: Any) -> Any:
        """Hidden by the instance's own attribute, which saves a call."""
        raise NotImplementedError


def _type(given: TypeInformation | Sequence[TypeInformation]) -> TypeInformation:
    if isinstance(given, TypeInformation):
        return given
    if isinstance(given, (list, tuple)):
        return RowTypeInfo(given)
    raise TypeError(f"the type of a state must come from Types, as in Types.LONG(), not {given!r}")
