"""Functions of one kind as operators of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from headrace.datastream._function import Function, RuntimeContext


class Adapter:
    """Opens and closes the user's function with the operator around it."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        open_function(self._function, runtime_context)

    def close(self) -> None:
        """Closes the function."""
        close_function(self._function)


class KeyedMap(Adapter):
    """A map on a keyed stream, so that open() can ask for keyed state."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        super().open(runtime_context)
        self._map: Callable[[Any], Any] = method(self._function, "map")

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        """One element."""
        return (self._map(value),)


class KeyedFlatMap(Adapter):
    """A flat map on a keyed stream."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        super().open(runtime_context)
        self._flat_map: Callable[[Any], Iterable[Any]] = method(self._function, "flat_map")

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        """Any number of elements."""
        return _iterable(self._flat_map(value))


class KeyedFilter(Adapter):
    """A filter on a keyed stream."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        super().open(runtime_context)
        self._filter: Callable[[Any], bool] = method(self._function, "filter")

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any] | None:
        """The element, or none."""
        return (value,) if self._filter(value) else None


class Identity:
    """Hands a keyed stream's elements on."""

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        """The element."""
        return (value,)


def method(function: Any, name: str) -> Callable[..., Any]:
    """The function's method where it is an object of the API, else the function itself."""
    found = getattr(function, name, None) if isinstance(function, Function) else None
    call: Callable[..., Any] = found or function
    return call


def open_function(function: Any, runtime_context: RuntimeContext) -> None:
    """Calls open() where there is one."""
    if isinstance(function, Function):
        function.open(runtime_context)


def close_function(function: Any) -> None:
    """Calls close() where there is one."""
    if isinstance(function, Function):
        function.close()


def _iterable(results: Any) -> Iterable[Any]:
    # iter() says what is wrong with None at the place of the call.
    found: Iterable[Any] = iter(results)
    return found
