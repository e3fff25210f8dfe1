"""Process functions over a stream and a broadcast stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace.datastream._function import Function
from headrace.datastream.time_domain import TimeDomain
from headrace.datastream.timerservice import TimerService

if TYPE_CHECKING:
    from headrace.datastream.state import (
        BroadcastState,
        MapStateDescriptor,
        ReadOnlyBroadcastState,
    )

IN1 = TypeVar("IN1", contravariant=True)
IN2 = TypeVar("IN2", contravariant=True)
OUT = TypeVar("OUT", covariant=True)
KEY = TypeVar("KEY")


class BaseBroadcastProcessFunction(Function):
    """What keyed and non-keyed broadcast functions share."""

    class BaseContext(ABC):
        """Time."""

        @abstractmethod
        def timestamp(self) -> int:
            """The element's event time, the smallest 64-bit integer where it has none."""

        @abstractmethod
        def current_processing_time(self) -> int:
            """The clock's time."""

        @abstractmethod
        def current_watermark(self) -> int:
            """The watermark."""

    class Context(BaseContext):
        """For elements of the broadcast stream, which may change the broadcast state."""

        @abstractmethod
        def get_broadcast_state(
            self, state_descriptor: MapStateDescriptor
        ) -> BroadcastState[Any, Any]:
            """The broadcast state."""

    class ReadOnlyContext(BaseContext):
        """For elements of the other stream, which may only read it."""

        @abstractmethod
        def get_broadcast_state(
            self, state_descriptor: MapStateDescriptor
        ) -> ReadOnlyBroadcastState[Any, Any]:
            """The broadcast state."""


class BroadcastProcessFunction(BaseBroadcastProcessFunction, Generic[IN1, IN2, OUT]):
    """Joins a stream with a broadcast stream."""

    class Context(BaseBroadcastProcessFunction.Context, ABC):
        """For elements of the broadcast stream."""

    class ReadOnlyContext(BaseBroadcastProcessFunction.ReadOnlyContext, ABC):
        """For elements of the other stream."""

    @abstractmethod
    def process_element(
        self, value: IN1, ctx: BroadcastProcessFunction.ReadOnlyContext
    ) -> Iterable[OUT] | None:
        """Takes an element of the non-broadcast stream."""

    @abstractmethod
    def process_broadcast_element(
        self, value: IN2, ctx: BroadcastProcessFunction.Context
    ) -> Iterable[OUT] | None:
        """Takes an element of the broadcast stream; every subtask sees each."""


class KeyedBroadcastProcessFunction(BaseBroadcastProcessFunction, Generic[KEY, IN1, IN2, OUT]):
    """Joins a keyed stream with a broadcast stream."""

    class Context(BaseBroadcastProcessFunction.Context, ABC):
        """For elements of the broadcast stream."""

    class ReadOnlyContext(BaseBroadcastProcessFunction.ReadOnlyContext, ABC):
        """For elements of the keyed stream."""

        @abstractmethod
        def timer_service(self) -> TimerService:
            """Time and timers."""

        @abstractmethod
        def get_current_key(self) -> Any:
            """The element's key."""

    class OnTimerContext(ReadOnlyContext, ABC):
        """For timers."""

        @abstractmethod
        def time_domain(self) -> TimeDomain:
            """Whether the timer goes by event time or by the clock."""

        @abstractmethod
        def get_current_key(self) -> Any:
            """The timer's key."""

    @abstractmethod
    def process_element(
        self, value: IN1, ctx: KeyedBroadcastProcessFunction.ReadOnlyContext
    ) -> Iterable[OUT] | None:
        """Takes an element of the keyed stream."""

    @abstractmethod
    def process_broadcast_element(
        self, value: IN2, ctx: KeyedBroadcastProcessFunction.Context
    ) -> Iterable[OUT] | None:
        """Takes an element of the broadcast stream; every subtask sees each."""

    def on_timer(
        self, timestamp: int, ctx: KeyedBroadcastProcessFunction.OnTimerContext
    ) -> Iterable[OUT] | None:
        """Called when a timer of the current key is due."""
        return None
