"""What a window keeps of its elements.

Each kind has the same four methods; a namespace is a window in the form that state knows it by.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from headrace.common.typeinfo import Types
from headrace.datastream._operators.adapter import close_function, method, open_function
from headrace.datastream._operators.host import OperatorRuntime, as_user_context
from headrace.datastream.functions import AggregateFunction
from headrace.datastream.state import (
    ListStateDescriptor,
    ReducingStateDescriptor,
    ValueStateDescriptor,
)
from headrace.datastream.window.evictor import TimestampedValue

_NAME = "window-contents"


class Contents(ABC):
    """The elements of windows, or what became of them."""

    @abstractmethod
    def open(self, runtime: OperatorRuntime) -> None:
        """Asks for the state."""

    @abstractmethod
    def add(self, namespace: Any, value: Any, timestamp: int) -> None:
        """Adds an element."""

    @abstractmethod
    def get(self, namespace: Any) -> Sequence[Any] | None:
        """What the window function gets, None where there is nothing."""

    @abstractmethod
    def merge(self, target: Any, sources: list[Any]) -> None:
        """Moves what the sources hold into the target."""

    @abstractmethod
    def clear(self, namespace: Any) -> None:
        """Forgets the elements."""

    def close(self) -> None:  # noqa: B027
        """Closes the functions."""


class ListContents(Contents):
    """All elements."""

    def open(self, runtime: OperatorRuntime) -> None:
        """Asks for the state."""
        descriptor = ListStateDescriptor(_NAME, Types.PICKLED_BYTE_ARRAY())
        self._state = runtime.get_namespaced_state(descriptor)

    def add(self, namespace: Any, value: Any, timestamp: int) -> None:
        """Adds an element."""
        self._state.set_current_namespace(namespace)
        self._state.add(value)

    def get(self, namespace: Any) -> Sequence[Any] | None:
        """The elements in order of arrival."""
        self._state.set_current_namespace(namespace)
        return list(self._state.get() or ()) or None

    def merge(self, target: Any, sources: list[Any]) -> None:
        """Puts the lists one behind the other."""
        for source in sources:
            values = self.get(source)
            if values:
                self.clear(source)
                self._state.set_current_namespace(target)
                self._state.add_all(values)

    def clear(self, namespace: Any) -> None:
        """Forgets the elements."""
        self._state.set_current_namespace(namespace)
        self._state.clear()


class ReducedContents(Contents):
    """One element that a reduce function made of all."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def open(self, runtime: OperatorRuntime) -> None:
        """Asks for the state."""
        open_function(self._function, as_user_context(runtime))
        self._reduce: Callable[[Any, Any], Any] = method(self._function, "reduce")
        descriptor = ReducingStateDescriptor(_NAME, self._reduce, Types.PICKLED_BYTE_ARRAY())
        self._state = runtime.get_namespaced_state(descriptor)

    def add(self, namespace: Any, value: Any, timestamp: int) -> None:
        """Reduces an element into the one that is there."""
        self._state.set_current_namespace(namespace)
        self._state.add(value)

    def get(self, namespace: Any) -> Sequence[Any] | None:
        """The one element."""
        self._state.set_current_namespace(namespace)
        value = self._state.get()
        return None if value is None else (value,)

    def merge(self, target: Any, sources: list[Any]) -> None:
        """Reduces the elements to one."""
        for source in sources:
            self._state.set_current_namespace(source)
            value = self._state.get()
            if value is not None:
                self._state.clear()
                self._state.set_current_namespace(target)
                self._state.add(value)

    def clear(self, namespace: Any) -> None:
        """Forgets the element."""
        self._state.set_current_namespace(namespace)
        self._state.clear()

    def close(self) -> None:
        """Closes the function."""
        close_function(self._function)


class AggregatedContents(Contents):
    """An accumulator, in a tuple of one so that None can be one."""

    def __init__(self, function: AggregateFunction) -> None:
        self._function = function

    def open(self, runtime: OperatorRuntime) -> None:
        """Asks for the state."""
        self._function.open(as_user_context(runtime))
        descriptor = ValueStateDescriptor(_NAME, Types.PICKLED_BYTE_ARRAY())
        self._state = runtime.get_namespaced_state(descriptor)

    def add(self, namespace: Any, value: Any, timestamp: int) -> None:
        """Adds an element to the accumulator."""
        state, function = self._state, self._function
        state.set_current_namespace(namespace)
        held = state.value()
        accumulator = function.create_accumulator() if held is None else held[0]
        state.update((function.add(value, accumulator),))

    def get(self, namespace: Any) -> Sequence[Any] | None:
        """The result."""
        self._state.set_current_namespace(namespace)
        held = self._state.value()
        return None if held is None else (self._function.get_result(held[0]),)

    def merge(self, target: Any, sources: list[Any]) -> None:
        """Merges the accumulators into one."""
        state = self._state
        held = []
        for namespace in (target, *sources):
            state.set_current_namespace(namespace)
            accumulator = state.value()
            if accumulator is not None:
                held.append(accumulator[0])
                state.clear()
        if held:
            state.set_current_namespace(target)
            state.update((functools.reduce(self._function.merge, held),))

    def clear(self, namespace: Any) -> None:
        """Forgets the accumulator."""
        self._state.set_current_namespace(namespace)
        self._state.clear()

    def close(self) -> None:
        """Closes the function."""
        self._function.close()


class EvictableContents(ListContents):
    """All elements with their times, folded only when the window fires."""

    def __init__(self, inner: Contents) -> None:
        self._inner = inner

    def open(self, runtime: OperatorRuntime) -> None:
        """Asks for the state."""
        super().open(runtime)
        if not isinstance(self._inner, ListContents):
            self._inner.open(_Scratch())

    def add(self, namespace: Any, value: Any, timestamp: int) -> None:
        """Adds an element and its time."""
        super().add(namespace, (value, timestamp), timestamp)

    def timestamped(self, namespace: Any) -> list[TimestampedValue]:
        """The elements as evictors see them."""
        return [TimestampedValue(*pair) for pair in self.get(namespace) or ()]

    def folded(self, elements: list[TimestampedValue]) -> Sequence[Any] | None:
        """What the window function gets of these elements."""
        if isinstance(self._inner, ListContents):
            return [element.value for element in elements]
        self._inner.clear(None)
        for element in elements:
            self._inner.add(None, element.value, element.timestamp)
        return self._inner.get(None)

    def replace(self, namespace: Any, elements: list[TimestampedValue]) -> None:
        """Keeps these elements only."""
        self.clear(namespace)
        if elements:
            self._state.set_current_namespace(namespace)
            self._state.add_all([(element.value, element.timestamp) for element in elements])

    def close(self) -> None:
        """Closes the functions."""
        self._inner.close()


class _Scratch:
    """A runtime whose state lives only while a window is folded."""

    def get_namespaced_state(self, state_descriptor: Any, /) -> Any:
        """A value that is not kept."""
        return _ScratchState(state_descriptor)

    get_state_by_descriptor = get_namespaced_state

    def get_metrics_group(self) -> Any:
        """None: folding has no metrics of its own."""
        return None


class _ScratchState:
    def __init__(self, descriptor: Any) -> None:
        self._value: Any = None
        reducing = isinstance(descriptor, ReducingStateDescriptor)
        self._reduce = descriptor.get_reduce_function().reduce if reducing else None

    def set_current_namespace(self, namespace: Any) -> None:
        """There is only one."""

    def add(self, value: Any) -> None:
        """Reduces."""
        if self._value is None or self._reduce is None:
            self._value = value
        else:
            self._value = self._reduce(self._value, value)

    def get(self) -> Any:
        """The value."""
        return self._value

    def update(self, value: Any) -> None:
        """Sets the value."""
        self._value = value

    value = get

    def clear(self) -> None:
        """Forgets the value."""
        self._value = None
