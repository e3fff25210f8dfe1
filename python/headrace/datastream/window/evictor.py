"""Evictors: which elements of a window are left out when it fires."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from headrace.common.time import Duration, Time, millis_of
from headrace.datastream.window.window import MIN_LONG_VALUE, Window


class TimestampedValue:
    """An element in a window and its event time."""

    __slots__ = ("timestamp", "value")

    def __init__(self, value: Any, timestamp: int) -> None:
        self.value = value
        self.timestamp = timestamp

    def has_timestamp(self) -> bool:
        """Whether the element has an event time."""
        return self.timestamp != MIN_LONG_VALUE

    def __repr__(self) -> str:
        return f"TimestampedValue({self.value!r}, {self.timestamp})"


class Evictor(ABC):
    """Removes elements from a window before or after its function sees them.

    >>> class Positive(Evictor):
    ...     def evict_before(self, elements, size, window, ctx):
    ...         return [e for e in elements if e.value > 0]
    """

    class EvictorContext(ABC):
        """What an evictor can ask."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The clock's time."""

        @abstractmethod
        def get_current_watermark(self) -> int:
            """The watermark."""

        @abstractmethod
        def get_metric_group(self) -> Any:
            """Where the evictor's own metrics go."""

    @abstractmethod
    def evict_before(
        self,
        elements: list[TimestampedValue],
        size: int,
        window: Window,
        ctx: Evictor.EvictorContext,
    ) -> list[TimestampedValue]:
        """The elements that the window function sees."""

    def evict_after(
        self,
        elements: list[TimestampedValue],
        size: int,
        window: Window,
        ctx: Evictor.EvictorContext,
    ) -> list[TimestampedValue]:
        """The elements that stay in the window afterwards."""
        return elements


class _OnceEvictor(Evictor):
    """Evicts before the function or, on request, after it."""

    def __init__(self, do_evict_after: bool) -> None:
        self._after = do_evict_after

    def _keep(self, elements: list[TimestampedValue]) -> list[TimestampedValue]:
        raise NotImplementedError

    def evict_before(
        self,
        elements: list[TimestampedValue],
        size: int,
        window: Window,
        ctx: Evictor.EvictorContext,
    ) -> list[TimestampedValue]:
        """The elements that the window function sees."""
        return elements if self._after else self._keep(elements)

    def evict_after(
        self,
        elements: list[TimestampedValue],
        size: int,
        window: Window,
        ctx: Evictor.EvictorContext,
    ) -> list[TimestampedValue]:
        """The elements that stay in the window afterwards."""
        return self._keep(elements) if self._after else elements


class CountEvictor(_OnceEvictor):
    """Keeps the last elements.

    >>> values = [TimestampedValue(i, i) for i in range(5)]
    >>> [v.value for v in CountEvictor.of(2).evict_before(values, 5, None, None)]
    [3, 4]
    """

    def __init__(self, max_count: int, do_evict_after: bool = False) -> None:
        super().__init__(do_evict_after)
        self._max_count = max_count

    @staticmethod
    def of(max_count: int, do_evict_after: bool = False) -> CountEvictor:
        """Keeps the last max_count elements."""
        return CountEvictor(max_count, do_evict_after)

    def _keep(self, elements: list[TimestampedValue]) -> list[TimestampedValue]:
        return elements[max(0, len(elements) - self._max_count) :]


class TimeEvictor(_OnceEvictor):
    """Keeps the elements of the last stretch of event time."""

    def __init__(self, window_size: int, do_evict_after: bool = False) -> None:
        super().__init__(do_evict_after)
        self._window_size = window_size

    @staticmethod
    def of(window_size: Duration | Time, do_evict_after: bool = False) -> TimeEvictor:
        """Keeps what is less than window_size older than the newest element."""
        return TimeEvictor(millis_of(window_size, "window_size"), do_evict_after)

    def _keep(self, elements: list[TimestampedValue]) -> list[TimestampedValue]:
        if not elements or not elements[0].has_timestamp():
            return elements
        cutoff = max(e.timestamp for e in elements) - self._window_size
        return [e for e in elements if e.timestamp > cutoff]


class DeltaEvictor(_OnceEvictor):
    """Keeps the elements that are near the last one."""

    def __init__(
        self,
        threshold: float,
        delta_function: Callable[[Any, Any], float],
        do_evict_after: bool = False,
    ) -> None:
        super().__init__(do_evict_after)
        self._threshold = threshold
        self._delta = delta_function

    @staticmethod
    def of(
        threshold: float,
        delta_function: Callable[[Any, Any], float],
        do_evict_after: bool = False,
    ) -> DeltaEvictor:
        """Keeps elements whose distance to the last one is below the threshold."""
        return DeltaEvictor(threshold, delta_function, do_evict_after)

    def _keep(self, elements: list[TimestampedValue]) -> list[TimestampedValue]:
        if not elements:
            return elements
        last = elements[-1].value
        return [e for e in elements if self._delta(e.value, last) < self._threshold]
