"""Window functions of all kinds behind one call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from headrace.datastream._operators.adapter import close_function, method, open_function
from headrace.datastream._operators.spill import Rows
from headrace.datastream._operators.window_context import FunctionContext
from headrace.datastream.functions import (
    AllWindowFunction,
    CoGroupFunction,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    RuntimeContext,
    WindowFunction,
)
from headrace.datastream.window.window import Window


class Emission(ABC):
    """Turns what a window holds into results."""

    function: Any = None

    @abstractmethod
    def emit(
        self, key: Any, window: Window, inputs: Sequence[Any], context: FunctionContext
    ) -> Iterable[Any]:
        """The results."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        if self.function is not None:
            open_function(self.function, runtime_context)

    def close(self) -> None:
        """Closes the function."""
        if self.function is not None:
            close_function(self.function)

    def emit_sides(self, first: Collection[Any], second: Collection[Any]) -> Iterable[Any]:
        """The results of two inputs' elements, which can be read more than once."""
        raise NotImplementedError

    def clear(self, context: FunctionContext) -> None:  # noqa: B027
        """Called when a window ends."""


class Inputs(Emission):
    """What the window holds, as it is."""

    def emit(
        self, key: Any, window: Window, inputs: Sequence[Any], context: FunctionContext
    ) -> Iterable[Any]:
        """The inputs."""
        return inputs


class Apply(Emission):
    """A WindowFunction or AllWindowFunction."""

    def __init__(
        self, function: WindowFunction[Any, Any, Any, Any] | AllWindowFunction[Any, Any, Any]
    ) -> None:
        self.function = function
        self._keyed = isinstance(function, WindowFunction)

    def emit(
        self, key: Any, window: Window, inputs: Sequence[Any], context: FunctionContext
    ) -> Iterable[Any]:
        """What apply() gives."""
        if self._keyed:
            results: Iterable[Any] = self.function.apply(key, window, inputs)
        else:
            results = self.function.apply(window, inputs)
        return results


class Process(Emission):
    """A ProcessWindowFunction or ProcessAllWindowFunction."""

    def __init__(
        self,
        function: ProcessWindowFunction[Any, Any, Any, Any]
        | ProcessAllWindowFunction[Any, Any, Any],
    ) -> None:
        self.function = function
        self._keyed = isinstance(function, ProcessWindowFunction)

    def emit(
        self, key: Any, window: Window, inputs: Sequence[Any], context: FunctionContext
    ) -> Iterable[Any]:
        """What process() gives."""
        if self._keyed:
            results: Iterable[Any] = self.function.process(key, context, inputs)
        else:
            results = self.function.process(context, inputs)
        return results

    def clear(self, context: FunctionContext) -> None:
        """Lets the function clear its window state."""
        self.function.clear(context)


class CoGroup(Emission):
    """A co-group: inputs are (side, element)."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        super().open(runtime_context)
        self._call = method(self.function, "co_group")

    def emit(
        self, key: Any, window: Window, inputs: Sequence[Any], context: FunctionContext
    ) -> Iterable[Any]:
        """What co_group() gives."""
        return self.emit_sides(*_sides(inputs))

    def emit_sides(self, first: Collection[Any], second: Collection[Any]) -> Iterable[Any]:
        """What co_group() gives."""
        return self._call(first, second) or ()


class Pairs(Emission):
    """A join: inputs are (side, element); kind is inner, left, right or full."""

    def __init__(self, function: Any, kind: str) -> None:
        self.function = function
        self._keep_first = kind in ("left", "full")
        self._keep_second = kind in ("right", "full")

    def open(self, runtime_context: RuntimeContext) -> None:
        """Opens the function."""
        super().open(runtime_context)
        self._call = method(self.function, "join")

    def emit(
        self, key: Any, window: Window, inputs: Sequence[Any], context: FunctionContext
    ) -> Iterable[Any]:
        """All pairs joined."""
        return self.emit_sides(*_sides(inputs))

    def emit_sides(self, first: Collection[Any], second: Collection[Any]) -> Iterable[Any]:
        """All pairs joined; an outer join has None for the side that is empty."""
        if not first and self._keep_second:
            first = [None]
        if not second and self._keep_first:
            second = [None]
        if isinstance(first, Rows) and second:  # the others are read once a block of these
            blocks = first.blocks()
            return (self._call(left, b) for block in blocks for b in second for left in block)
        return (self._call(left, right) for left in first for right in second)


def _sides(inputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for side, value in inputs:
        sides[side].append(value)
    return sides


def emission_of(function: Any) -> Emission:
    """The emission of a function of any kind; None stands for the inputs themselves."""
    if function is None:
        return Inputs()
    if isinstance(function, (WindowFunction, AllWindowFunction)):
        return Apply(function)
    if isinstance(function, CoGroupFunction):
        return CoGroup(function)
    return Process(function)
