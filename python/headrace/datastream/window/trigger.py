"""Triggers: when a window gives its results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, TypeVar

from headrace.common.typeinfo import Types
from headrace.datastream.state import (
    ReducingStateDescriptor,
    StateDescriptor,
    ValueStateDescriptor,
)
from headrace.datastream.window.window import MAX_LONG_VALUE, GlobalWindow, Window

T = TypeVar("T", contravariant=True)
W = TypeVar("W", contravariant=True)


class TriggerResult(Enum):
    """What is to happen to a window.

    >>> TriggerResult.FIRE_AND_PURGE.is_fire(), TriggerResult.PURGE.is_fire()
    (True, False)
    """

    CONTINUE = (False, False)
    FIRE_AND_PURGE = (True, True)
    FIRE = (True, False)
    PURGE = (False, True)

    def is_fire(self) -> bool:
        """Whether the window gives its results."""
        return self.value[0]

    def is_purge(self) -> bool:
        """Whether the window's elements are dropped."""
        return self.value[1]


class Trigger(ABC, Generic[T, W]):
    """Decides when a window gives its results."""

    class TriggerContext(ABC):
        """Time, timers and state of one key and window."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The clock's time."""

        @abstractmethod
        def get_metric_group(self) -> Any:
            """Where the trigger's own metrics go."""

        @abstractmethod
        def get_current_watermark(self) -> int:
            """The watermark."""

        @abstractmethod
        def register_processing_time_timer(self, time: int) -> None:
            """Calls on_processing_time once the clock reaches that time."""

        @abstractmethod
        def register_event_time_timer(self, time: int) -> None:
            """Calls on_event_time once the watermark reaches that time."""

        @abstractmethod
        def delete_processing_time_timer(self, time: int) -> None:
            """Takes a registration back."""

        @abstractmethod
        def delete_event_time_timer(self, time: int) -> None:
            """Takes a registration back."""

        @abstractmethod
        def get_partitioned_state(self, state_descriptor: StateDescriptor) -> Any:
            """State of this key and window."""

    class OnMergeContext(TriggerContext):
        """The same while windows merge."""

        @abstractmethod
        def merge_partitioned_state(self, state_descriptor: StateDescriptor) -> None:
            """Joins the states of the merged windows into that of the result."""

    @abstractmethod
    def on_element(
        self, element: T, timestamp: int, window: W, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Called for each element of the window."""

    @abstractmethod
    def on_processing_time(
        self, time: int, window: W, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Called for a timer of the clock."""

    @abstractmethod
    def on_event_time(self, time: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Called for a timer of the watermark."""

    def can_merge(self) -> bool:
        """Whether the trigger works with windows that merge."""
        return False

    @abstractmethod
    def on_merge(self, window: W, ctx: Trigger.OnMergeContext) -> None:
        """Called when windows have become this one."""

    @abstractmethod
    def clear(self, window: W, ctx: Trigger.TriggerContext) -> None:
        """Called when the window ends: drops the trigger's state and timers."""


class _Quiet(Trigger[Any, W]):
    """Says CONTINUE to everything."""

    def on_element(
        self, element: Any, timestamp: int, window: W, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def on_processing_time(
        self, time: int, window: W, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def on_event_time(self, time: int, window: W, ctx: Trigger.TriggerContext) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def on_merge(self, window: W, ctx: Trigger.OnMergeContext) -> None:
        """Keeps nothing."""

    def clear(self, window: W, ctx: Trigger.TriggerContext) -> None:
        """Keeps nothing."""


class NeverTrigger(_Quiet[GlobalWindow]):
    """Never fires."""


class EndOfStreamTrigger(_Quiet[Window]):
    """Fires once, when the input has ended."""

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Waits for the end."""
        ctx.register_event_time_timer(MAX_LONG_VALUE)
        return TriggerResult.CONTINUE

    def on_event_time(
        self, time: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires at the end."""
        fire = time == MAX_LONG_VALUE
        return TriggerResult.FIRE_AND_PURGE if fire else TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """True."""
        return True

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Waits for the end."""
        ctx.register_event_time_timer(MAX_LONG_VALUE)

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Drops the timer."""
        ctx.delete_event_time_timer(MAX_LONG_VALUE)


def _add(a: int, b: int) -> int:
    return a + b


class CountTrigger(_Quiet[Window]):
    """Fires after every so many elements."""

    def __init__(self, window_size: int) -> None:
        if window_size <= 0:
            raise ValueError("a CountTrigger's size must be greater than zero")
        self._window_size = window_size
        self._count = ReducingStateDescriptor("trigger-count", _add, Types.LONG())

    @staticmethod
    def of(window_size: int) -> CountTrigger:
        """Fires after every window_size elements."""
        return CountTrigger(window_size)

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Counts."""
        state = ctx.get_partitioned_state(self._count)
        state.add(1)
        if state.get() >= self._window_size:
            state.clear()
            return TriggerResult.FIRE
        return TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """True: counts add up."""
        return True

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Adds the counts up."""
        ctx.merge_partitioned_state(self._count)

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Forgets the count."""
        ctx.get_partitioned_state(self._count).clear()

    def __repr__(self) -> str:
        return f"CountTrigger({self._window_size})"


class PurgingTrigger(Trigger[T, Window]):
    """Makes another trigger drop the elements whenever it fires."""

    def __init__(self, nested_trigger: Trigger[T, Any]) -> None:
        if not isinstance(nested_trigger, Trigger):
            raise TypeError(f"PurgingTrigger.of takes a Trigger, not {nested_trigger!r}")
        self._nested = nested_trigger

    @staticmethod
    def of(nested_trigger: Trigger[T, Any]) -> PurgingTrigger[T]:
        """Wraps a trigger."""
        return PurgingTrigger(nested_trigger)

    def on_element(
        self, element: T, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Asks the nested trigger."""
        return _purging(self._nested.on_element(element, timestamp, window, ctx))

    def on_event_time(
        self, time: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Asks the nested trigger."""
        return _purging(self._nested.on_event_time(time, window, ctx))

    def on_processing_time(
        self, time: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Asks the nested trigger."""
        return _purging(self._nested.on_processing_time(time, window, ctx))

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Clears the nested trigger."""
        self._nested.clear(window, ctx)

    def can_merge(self) -> bool:
        """Whether the nested trigger can."""
        return self._nested.can_merge()

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Merges the nested trigger."""
        self._nested.on_merge(window, ctx)


def _purging(result: TriggerResult) -> TriggerResult:
    return TriggerResult.FIRE_AND_PURGE if result.is_fire() else result


class DeltaTrigger(_Quiet[Window]):
    """Fires when an element is further than a threshold from the one that fired last.

    >>> trigger = DeltaTrigger.of(10, lambda old, new: new - old)
    """

    def __init__(self, threshold: float, delta_function: Callable[[Any, Any], float]) -> None:
        self._threshold = threshold
        self._delta = delta_function
        self._last = ValueStateDescriptor("delta-trigger-last", Types.PICKLED_BYTE_ARRAY())

    @staticmethod
    def of(threshold: float, delta_function: Callable[[Any, Any], float]) -> DeltaTrigger:
        """The function gives the distance from the old element to the new one."""
        return DeltaTrigger(threshold, delta_function)

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Measures the distance."""
        state = ctx.get_partitioned_state(self._last)
        last = state.value()
        if last is None:
            state.update((element,))
        elif self._delta(last[0], element) > self._threshold:
            state.update((element,))
            return TriggerResult.FIRE
        return TriggerResult.CONTINUE

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Forgets the element."""
        ctx.get_partitioned_state(self._last).clear()
