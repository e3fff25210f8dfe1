"""Process functions: elements, time, state and timers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from headrace.datastream._function import Function
from headrace.datastream.time_domain import TimeDomain
from headrace.datastream.timerservice import TimerService


class _Context(ABC):
    """What a process function can ask about the element."""

    @abstractmethod
    def timer_service(self) -> TimerService:
        """Time and timers; only keyed functions may set timers."""

    @abstractmethod
    def timestamp(self) -> int:
        """The element's event time in ms, the smallest 64-bit integer where it has none."""


class _KeyedContext(_Context):
    """The same with the key."""

    @abstractmethod
    def get_current_key(self) -> Any:
        """The element's or timer's key."""


class _OnTimerContext(_KeyedContext):
    """The same with the timer's domain."""

    @abstractmethod
    def time_domain(self) -> TimeDomain:
        """Whether the timer goes by event time or by the clock."""


class ProcessFunction(Function):
    """Takes elements one by one; `yield tag, value` writes to a side output."""

    class Context(_Context):
        """What can be asked about the element."""

    @abstractmethod
    def process_element(self, value: Any, ctx: ProcessFunction.Context) -> Iterable[Any] | None:
        """Takes an element: return a list, yield elements, or neither."""


class KeyedProcessFunction(Function):
    """Takes elements key by key, with keyed state and timers.

    >>> class Remind(KeyedProcessFunction):
    ...     def process_element(self, value, ctx):
    ...         ctx.timer_service().register_event_time_timer(ctx.timestamp() + 1000)
    ...     def on_timer(self, timestamp, ctx):
    ...         yield ctx.get_current_key(), timestamp
    """

    class Context(_KeyedContext):
        """What can be asked about the element."""

    class OnTimerContext(_OnTimerContext):
        """What can be asked about the timer."""

    @abstractmethod
    def process_element(
        self, value: Any, ctx: KeyedProcessFunction.Context
    ) -> Iterable[Any] | None:
        """Takes an element: return a list, yield elements, or neither."""

    def on_timer(
        self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext
    ) -> Iterable[Any] | None:
        """Called when a timer of the current key is due."""
        return None


class CoProcessFunction(Function):
    """Takes the elements of two connected streams."""

    class Context(_Context):
        """What can be asked about the element."""

    @abstractmethod
    def process_element1(self, value: Any, ctx: CoProcessFunction.Context) -> Iterable[Any] | None:
        """Takes an element of the first stream."""

    @abstractmethod
    def process_element2(self, value: Any, ctx: CoProcessFunction.Context) -> Iterable[Any] | None:
        """Takes an element of the second stream."""


class KeyedCoProcessFunction(Function):
    """Takes the elements of two keyed streams that share keys, state and timers."""

    class Context(_KeyedContext):
        """What can be asked about the element."""

    class OnTimerContext(_OnTimerContext):
        """What can be asked about the timer."""

    @abstractmethod
    def process_element1(
        self, value: Any, ctx: KeyedCoProcessFunction.Context
    ) -> Iterable[Any] | None:
        """Takes an element of the first stream."""

    @abstractmethod
    def process_element2(
        self, value: Any, ctx: KeyedCoProcessFunction.Context
    ) -> Iterable[Any] | None:
        """Takes an element of the second stream."""

    def on_timer(
        self, timestamp: int, ctx: KeyedCoProcessFunction.OnTimerContext
    ) -> Iterable[Any] | None:
        """Called when a timer of the current key is due."""
        return None


class ProcessJoinFunction(Function):
    """Takes the pairs of an interval join."""

    class Context(ABC):
        """What can be asked about the pair."""

        @abstractmethod
        def get_left_timestamp(self) -> int:
            """The event time of the left element."""

        @abstractmethod
        def get_right_timestamp(self) -> int:
            """The event time of the right element."""

        @abstractmethod
        def get_timestamp(self) -> int:
            """The later of the two, which the results carry."""

    @abstractmethod
    def process_element(
        self, left: Any, right: Any, ctx: ProcessJoinFunction.Context
    ) -> Iterable[Any] | None:
        """Takes a pair: return a list, yield elements, or neither."""
