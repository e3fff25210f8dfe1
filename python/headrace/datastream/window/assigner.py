"""Assigners: which windows an element belongs to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace.common.serializer import TypeSerializer
from headrace.common.time import Time, millis_of
from headrace.common.typeinfo import Types
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window.serializer import (
    CountWindowSerializer,
    GlobalWindowSerializer,
    TimeWindowSerializer,
)
from headrace.datastream.window.timetrigger import EventTimeTrigger, ProcessingTimeTrigger
from headrace.datastream.window.trigger import (
    CountTrigger,
    EndOfStreamTrigger,
    NeverTrigger,
    PurgingTrigger,
    Trigger,
)
from headrace.datastream.window.window import (
    MIN_LONG_VALUE,
    CountWindow,
    GlobalWindow,
    TimeWindow,
    Window,
)

if TYPE_CHECKING:
    from headrace.datastream._function import RuntimeContext

T = TypeVar("T", contravariant=True)
W = TypeVar("W", bound=Window)


class WindowAssigner(ABC, Generic[T, W]):
    """Puts elements into windows."""

    class WindowAssignerContext(ABC):
        """What an assigner can ask."""

        @abstractmethod
        def get_current_processing_time(self) -> int:
            """The clock's time."""

        @abstractmethod
        def get_runtime_context(self) -> RuntimeContext:
            """The runtime context, for state."""

    @abstractmethod
    def assign_windows(
        self, element: T, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[W]:
        """The windows of an element."""

    @abstractmethod
    def get_default_trigger(self, env: Any) -> Trigger[Any, W]:
        """The trigger to use unless another is set."""

    @abstractmethod
    def get_window_serializer(self) -> TypeSerializer[W]:
        """The serializer of the windows."""

    @abstractmethod
    def is_event_time(self) -> bool:
        """Whether windows end by watermarks."""


class _FixedWindows(WindowAssigner[Any, TimeWindow]):
    """Windows of one size that start at fixed times."""

    _event_time = True

    def __init__(self, size: int, slide: int, offset: int) -> None:
        name = type(self).__name__
        if size <= 0 or slide <= 0 or abs(offset) >= slide:
            raise ValueError(
                f"{name} parameters must satisfy 0 < size, 0 < slide and abs(offset) < slide "
                f"(size {size}, slide {slide}, offset {offset})"
            )
        self._size, self._slide, self._offset = size, slide, offset

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """The windows that hold the element's time, or the clock's."""
        if not self._event_time:
            timestamp = context.get_current_processing_time()
        elif timestamp <= MIN_LONG_VALUE:
            raise ValueError(no_timestamp())
        size, slide = self._size, self._slide
        start = timestamp - (timestamp - self._offset) % slide
        if size == slide:
            return (TimeWindow(start, start + size),)
        return [TimeWindow(s, s + size) for s in range(start, timestamp - size, -slide)]

    def get_default_trigger(self, env: Any) -> Trigger[Any, TimeWindow]:
        """Fires when the window ends."""
        return EventTimeTrigger() if self._event_time else ProcessingTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """The serializer of time windows."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """Whether windows end by watermarks."""
        return self._event_time


class _Tumbling(_FixedWindows):
    def __init__(self, size: int, offset: int) -> None:
        super().__init__(size, size, offset)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._size}, {self._offset})"


class _Sliding(_FixedWindows):
    def __init__(self, size: int, slide: int, offset: int) -> None:
        super().__init__(size, slide, offset)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._size}, {self._slide}, {self._offset})"


class TumblingEventTimeWindows(_Tumbling):
    """Windows of one size, one after the other, by event time."""

    @staticmethod
    def of(size: Time, offset: Time | None = None) -> TumblingEventTimeWindows:
        """Windows of that size, shifted by the offset."""
        return TumblingEventTimeWindows(millis_of(size, "size"), _offset(offset))


class TumblingProcessingTimeWindows(_Tumbling):
    """Windows of one size, one after the other, by the clock."""

    _event_time = False

    @staticmethod
    def of(size: Time, offset: Time | None = None) -> TumblingProcessingTimeWindows:
        """Windows of that size, shifted by the offset."""
        return TumblingProcessingTimeWindows(millis_of(size, "size"), _offset(offset))


class SlidingEventTimeWindows(_Sliding):
    """Windows of one size, a new one at every slide, by event time."""

    @staticmethod
    def of(size: Time, slide: Time, offset: Time | None = None) -> SlidingEventTimeWindows:
        """Windows of that size, a new one at every slide."""
        return SlidingEventTimeWindows(
            millis_of(size, "size"), millis_of(slide, "slide"), _offset(offset)
        )


class SlidingProcessingTimeWindows(_Sliding):
    """Windows of one size, a new one at every slide, by the clock."""

    _event_time = False

    @staticmethod
    def of(size: Time, slide: Time, offset: Time | None = None) -> SlidingProcessingTimeWindows:
        """Windows of that size, a new one at every slide."""
        return SlidingProcessingTimeWindows(
            millis_of(size, "size"), millis_of(slide, "slide"), _offset(offset)
        )


class GlobalWindows(WindowAssigner[Any, GlobalWindow]):
    """One window for everything, which never fires by itself."""

    def __init__(self) -> None:
        self._end_of_stream = False

    @staticmethod
    def create() -> GlobalWindows:
        """The assigner; set a trigger."""
        return GlobalWindows()

    @staticmethod
    def create_with_end_of_stream_trigger() -> GlobalWindows:
        """The assigner with a trigger that fires once, when the input ends."""
        windows = GlobalWindows()
        windows._end_of_stream = True
        return windows

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[GlobalWindow]:
        """The one window."""
        return (GlobalWindow.get(),)

    def get_default_trigger(self, env: Any) -> Trigger[Any, GlobalWindow]:
        """Never fires, or at the end of the input."""
        return EndOfStreamTrigger() if self._end_of_stream else NeverTrigger()

    def get_window_serializer(self) -> TypeSerializer[GlobalWindow]:
        """The serializer of the global window."""
        return GlobalWindowSerializer()

    def is_event_time(self) -> bool:
        """Only with the end-of-stream trigger."""
        return self._end_of_stream

    def __repr__(self) -> str:
        return "GlobalWindows()"


class _CountWindows(WindowAssigner[Any, CountWindow]):
    """Windows by the number of a key's elements."""

    def __init__(self, window_size: int, window_slide: int) -> None:
        if window_size <= 0 or window_slide <= 0:
            raise ValueError("the size and slide of a count window must be greater than zero")
        self._window_size, self._window_slide = window_size, window_slide
        self._count = ValueStateDescriptor("count-window-assigner", Types.LONG())

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[CountWindow]:
        """The windows that the element completes or adds to."""
        state = context.get_runtime_context().get_state(self._count)
        seen = state.value() or 0
        state.update(seen + 1)
        last = seen // self._window_slide
        first = max(0, (seen - self._window_size) // self._window_slide + 1)
        return [CountWindow(i) for i in range(first, last + 1)]

    def get_default_trigger(self, env: Any) -> Trigger[Any, CountWindow]:
        """Fires when the window is full, which is its end."""
        return PurgingTrigger(CountTrigger(self._window_size))

    def get_window_serializer(self) -> TypeSerializer[CountWindow]:
        """The serializer of count windows."""
        return CountWindowSerializer()

    def is_event_time(self) -> bool:
        """False."""
        return False


class CountTumblingWindowAssigner(_CountWindows):
    """Windows of a number of elements, one after the other."""

    def __init__(self, window_size: int) -> None:
        super().__init__(window_size, window_size)

    @staticmethod
    def of(window_size: int) -> CountTumblingWindowAssigner:
        """Windows of so many elements."""
        return CountTumblingWindowAssigner(window_size)

    def __repr__(self) -> str:
        return f"CountTumblingWindowAssigner({self._window_size})"


class CountSlidingWindowAssigner(_CountWindows):
    """Windows of a number of elements, a new one after every few elements."""

    def __init__(self, window_size: int, window_slide: int) -> None:
        super().__init__(window_size, window_slide)

    @staticmethod
    def of(window_size: int, window_slide: int) -> CountSlidingWindowAssigner:
        """Windows of window_size elements, a new one every window_slide elements."""
        return CountSlidingWindowAssigner(window_size, window_slide)

    def __repr__(self) -> str:
        return f"CountSlidingWindowAssigner({self._window_size}, {self._window_slide})"


def _offset(offset: Time | None) -> int:
    return 0 if offset is None else millis_of(offset, "offset")


def no_timestamp() -> str:
    """What to say of an element without an event time."""
    return (
        "an element has no event time, which event-time windows need: call "
        "assign_timestamps_and_watermarks() before the window"
    )
