"""How a stream gets event times and watermarks.

>>> strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(5))
>>> strategy = strategy.with_idleness(Duration.of_seconds(30))
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from headrace.common.time import Duration, millis_of

__all__ = [
    "AssignerWithPeriodicWatermarksWrapper",
    "TimestampAssigner",
    "WatermarkGenerator",
    "WatermarkOutput",
    "WatermarkStrategy",
]


class TimestampAssigner(ABC):
    """Reads the event time from an element.

    >>> class Second(TimestampAssigner):
    ...     def extract_timestamp(self, value, record_timestamp):
    ...         return value[1] * 1000
    """

    @abstractmethod
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        """The event time in milliseconds since the epoch.

        record_timestamp is the time the element has already, or the smallest 64-bit integer.
        """


class WatermarkOutput(ABC):
    """Where a WatermarkGenerator puts its watermarks."""

    @abstractmethod
    def emit_watermark(self, watermark: int) -> None:
        """Says that no element at or before this time is expected any more."""

    @abstractmethod
    def mark_idle(self) -> None:
        """Says that this input must not hold back the others."""

    @abstractmethod
    def mark_active(self) -> None:
        """Takes mark_idle back."""


class WatermarkGenerator(ABC):
    """Makes watermarks from elements; see WatermarkStrategy.for_generator.

    >>> class Punctuated(WatermarkGenerator):
    ...     def on_event(self, event, event_timestamp, output):
    ...         if event == "mark":
    ...             output.emit_watermark(event_timestamp)
    """

    @abstractmethod
    def on_event(self, event: Any, event_timestamp: int, output: WatermarkOutput) -> None:
        """Called for each element."""

    def on_periodic_emit(self, output: WatermarkOutput) -> None:
        """Called every pipeline.auto-watermark-interval."""
        return


class WatermarkStrategy:
    """A way to make watermarks and, optionally, a timestamp assigner."""

    def __init__(self, kind: str, delay_ms: int = 0) -> None:
        self._kind = kind
        self._delay_ms = delay_ms
        self._assigner: TimestampAssigner | None = None
        self._generator: Callable[[], WatermarkGenerator] | None = None
        self._idle_ms = 0
        self._alignment: tuple[str, int, int] | None = None

    @staticmethod
    def for_monotonous_timestamps() -> WatermarkStrategy:
        """For elements whose times never go back."""
        return WatermarkStrategy("monotonous")

    @staticmethod
    def for_bounded_out_of_orderness(max_out_of_orderness: Duration) -> WatermarkStrategy:
        """For elements that come at most so much later than the newest one seen."""
        return WatermarkStrategy("bounded", millis_of(max_out_of_orderness, "max_out_of_orderness"))

    @staticmethod
    def no_watermarks() -> WatermarkStrategy:
        """For streams without event time."""
        return WatermarkStrategy("none")

    @staticmethod
    def for_generator(generator: Callable[[], WatermarkGenerator]) -> WatermarkStrategy:
        """With an own generator: a WatermarkGenerator class, or a function that makes one."""
        if isinstance(generator, WatermarkGenerator) or not callable(generator):
            raise TypeError(
                "for_generator takes a WatermarkGenerator class or a function that makes one, "
                f"not {generator!r}: each subtask needs a generator of its own"
            )
        strategy = WatermarkStrategy("custom")
        strategy._generator = generator
        return strategy

    def with_timestamp_assigner(self, timestamp_assigner: TimestampAssigner) -> WatermarkStrategy:
        """Adds the function that reads the event time from an element."""
        if not isinstance(timestamp_assigner, TimestampAssigner):
            raise TypeError(
                "with_timestamp_assigner takes a TimestampAssigner (subclass it and define "
                f"extract_timestamp), not {type(timestamp_assigner).__name__}"
            )
        return self._with(_assigner=timestamp_assigner)

    def with_idleness(self, idle_timeout: Duration) -> WatermarkStrategy:
        """Lets other inputs go on when this one has been silent for so long."""
        millis = millis_of(idle_timeout, "idle_timeout")
        if millis <= 0:
            raise ValueError("idle_timeout must be longer than nothing")
        return self._with(_idle_ms=millis)

    def with_watermark_alignment(
        self,
        watermark_group: str,
        max_allowed_watermark_drift: Duration,
        update_interval: Duration | None = None,
    ) -> WatermarkStrategy:
        """Holds a source back while it is further ahead of its group than the drift allows."""
        drift = millis_of(max_allowed_watermark_drift, "max_allowed_watermark_drift")
        interval = 1000 if update_interval is None else millis_of(update_interval, "interval")
        return self._with(_alignment=(watermark_group, drift, interval))

    def _with(self, **changes: Any) -> WatermarkStrategy:
        strategy = copy.copy(self)
        for name, value in changes.items():
            setattr(strategy, name, value)
        return strategy


class AssignerWithPeriodicWatermarksWrapper(WatermarkStrategy):
    """The old form of a watermark strategy, as the Kinesis consumer takes it."""

    def __init__(self, assigner: TimestampAssigner) -> None:
        super().__init__("monotonous")
        self._assigner = assigner
