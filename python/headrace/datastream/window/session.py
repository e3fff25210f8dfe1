"""Session windows, which grow and merge while elements keep coming."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any, Generic, TypeVar

from headrace.common.serializer import TypeSerializer
from headrace.common.time import Time, millis_of
from headrace.datastream.window.assigner import WindowAssigner, no_timestamp
from headrace.datastream.window.serializer import TimeWindowSerializer
from headrace.datastream.window.timetrigger import EventTimeTrigger, ProcessingTimeTrigger
from headrace.datastream.window.trigger import Trigger
from headrace.datastream.window.window import MIN_LONG_VALUE, TimeWindow, Window

T = TypeVar("T", contravariant=True)
W = TypeVar("W", bound=Window)
W2 = TypeVar("W2")


class MergingWindowAssigner(WindowAssigner[T, W]):
    """An assigner whose windows may become one."""

    class MergeCallback(ABC, Generic[W2]):
        """Is told which windows become one."""

        @abstractmethod
        def merge(self, to_be_merged: Iterable[W2], merge_result: W2) -> None:
            """Says that these windows become that one."""

    @abstractmethod
    def merge_windows(
        self, windows: Iterable[W], callback: MergingWindowAssigner.MergeCallback[W]
    ) -> None:
        """Tells the callback which of the windows become one."""


class SessionWindowTimeGapExtractor(ABC):
    """Reads from an element how long its session waits for the next one."""

    @abstractmethod
    def extract(self, element: Any) -> int:
        """The gap in milliseconds."""


class _SessionWindows(MergingWindowAssigner[Any, TimeWindow]):
    _event_time = True

    def _gap(self, element: Any) -> int:
        raise NotImplementedError

    def assign_windows(
        self, element: Any, timestamp: int, context: WindowAssigner.WindowAssignerContext
    ) -> Collection[TimeWindow]:
        """A session of the element alone."""
        if not self._event_time:
            timestamp = context.get_current_processing_time()
        elif timestamp <= MIN_LONG_VALUE:
            raise ValueError(no_timestamp())
        return (TimeWindow(timestamp, timestamp + self._gap(element)),)

    def merge_windows(
        self,
        windows: Iterable[TimeWindow],
        callback: MergingWindowAssigner.MergeCallback[TimeWindow],
    ) -> None:
        """Sessions that overlap or touch become one."""
        TimeWindow.merge_windows(windows, callback)

    def get_default_trigger(self, env: Any) -> Trigger[Any, TimeWindow]:
        """Fires when the session ends."""
        return EventTimeTrigger() if self._event_time else ProcessingTimeTrigger()

    def get_window_serializer(self) -> TypeSerializer[TimeWindow]:
        """The serializer of time windows."""
        return TimeWindowSerializer()

    def is_event_time(self) -> bool:
        """Whether sessions end by watermarks."""
        return self._event_time


class _FixedGap(_SessionWindows):
    def __init__(self, session_gap: int) -> None:
        if session_gap <= 0:
            raise ValueError(f"{type(self).__name__} parameters must satisfy 0 < size")
        self._session_gap = session_gap

    def _gap(self, element: Any) -> int:
        return self._session_gap

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._session_gap})"


class _DynamicGap(_SessionWindows):
    def __init__(self, session_window_time_gap_extractor: SessionWindowTimeGapExtractor) -> None:
        if not isinstance(session_window_time_gap_extractor, SessionWindowTimeGapExtractor):
            raise TypeError(
                "with_dynamic_gap takes a SessionWindowTimeGapExtractor (subclass it and define "
                f"extract), not {session_window_time_gap_extractor!r}"
            )
        self._extractor = session_window_time_gap_extractor

    def _gap(self, element: Any) -> int:
        gap = self._extractor.extract(element)
        if gap <= 0:
            raise ValueError(f"Dynamic session time gap must satisfy 0 < gap, got {gap}")
        return gap

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._extractor})"


class EventTimeSessionWindows(_FixedGap):
    """Sessions by event time."""

    @staticmethod
    def with_gap(size: Time) -> EventTimeSessionWindows:
        """Sessions that end when nothing comes for so long."""
        return EventTimeSessionWindows(millis_of(size, "size"))

    @staticmethod
    def with_dynamic_gap(
        extractor: SessionWindowTimeGapExtractor,
    ) -> DynamicEventTimeSessionWindows:
        """Sessions whose elements say how long to wait."""
        return DynamicEventTimeSessionWindows(extractor)


class ProcessingTimeSessionWindows(_FixedGap):
    """Sessions by the clock."""

    _event_time = False

    @staticmethod
    def with_gap(size: Time) -> ProcessingTimeSessionWindows:
        """Sessions that end when nothing comes for so long."""
        return ProcessingTimeSessionWindows(millis_of(size, "size"))

    @staticmethod
    def with_dynamic_gap(
        extractor: SessionWindowTimeGapExtractor,
    ) -> DynamicProcessingTimeSessionWindows:
        """Sessions whose elements say how long to wait."""
        return DynamicProcessingTimeSessionWindows(extractor)


class DynamicEventTimeSessionWindows(_DynamicGap):
    """Sessions by event time whose elements say how long to wait."""

    @staticmethod
    def with_dynamic_gap(
        extractor: SessionWindowTimeGapExtractor,
    ) -> DynamicEventTimeSessionWindows:
        """Sessions whose elements say how long to wait."""
        return DynamicEventTimeSessionWindows(extractor)


class DynamicProcessingTimeSessionWindows(_DynamicGap):
    """Sessions by the clock whose elements say how long to wait."""

    _event_time = False

    @staticmethod
    def with_dynamic_gap(
        extractor: SessionWindowTimeGapExtractor,
    ) -> DynamicProcessingTimeSessionWindows:
        """Sessions whose elements say how long to wait."""
        return DynamicProcessingTimeSessionWindows(extractor)
