"""Functions over the elements of a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from headrace.datastream._function import Function, KeyedStateStore

IN = TypeVar("IN", contravariant=True)
OUT = TypeVar("OUT", covariant=True)
KEY = TypeVar("KEY", contravariant=True)
W = TypeVar("W", contravariant=True)
W2 = TypeVar("W2")


class WindowFunction(Function, Generic[IN, OUT, KEY, W]):
    """Takes a key's elements of a window."""

    @abstractmethod
    def apply(self, key: KEY, window: W, inputs: Iterable[IN]) -> Iterable[OUT]:
        """The window's results."""


class AllWindowFunction(Function, Generic[IN, OUT, W]):
    """Takes the elements of a window of a non-keyed stream."""

    @abstractmethod
    def apply(self, window: W, inputs: Iterable[IN]) -> Iterable[OUT]:
        """The window's results."""


class ProcessWindowFunction(Function, Generic[IN, OUT, KEY, W]):
    """Takes a key's elements of a window, with time and state."""

    class Context(ABC, Generic[W2]):
        """What can be asked about the window."""

        @abstractmethod
        def window(self) -> W2:
            """The window."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The clock's time."""

        @abstractmethod
        def current_watermark(self) -> int:
            """The watermark."""

        @abstractmethod
        def window_state(self) -> KeyedStateStore:
            """State of this key and window; give it back in clear()."""

        @abstractmethod
        def global_state(self) -> KeyedStateStore:
            """State of this key, over all its windows."""

    @abstractmethod
    def process(
        self, key: KEY, context: ProcessWindowFunction.Context[W], elements: Iterable[IN]
    ) -> Iterable[OUT]:
        """The window's results."""

    def clear(self, context: ProcessWindowFunction.Context[W]) -> None:
        """Called when the window ends; clears what window_state() holds."""
        return


class ProcessAllWindowFunction(Function, Generic[IN, OUT, W]):
    """Takes the elements of a window of a non-keyed stream, with state."""

    class Context(ABC, Generic[W2]):
        """What can be asked about the window."""

        @abstractmethod
        def window(self) -> W2:
            """The window."""

        @abstractmethod
        def window_state(self) -> KeyedStateStore:
            """State of this window; give it back in clear()."""

        @abstractmethod
        def global_state(self) -> KeyedStateStore:
            """State over all windows."""

    @abstractmethod
    def process(
        self, context: ProcessAllWindowFunction.Context[W], elements: Iterable[IN]
    ) -> Iterable[OUT]:
        """The window's results."""

    def clear(self, context: ProcessAllWindowFunction.Context[W]) -> None:
        """Called when the window ends; clears what window_state() holds."""
        return


class JoinFunction(Function):
    """Takes the pairs of a window join."""

    @abstractmethod
    def join(self, first: Any, second: Any) -> Any:
        """The element that a pair gives."""


class CoGroupFunction(Function):
    """Takes both sides of a key and window; one of them may be empty."""

    @abstractmethod
    def co_group(self, first: Iterable[Any], second: Iterable[Any]) -> Iterable[Any] | None:
        """The results of the two groups."""
