"""A bounded source whose watermarks, and processing times, stand between its elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from headrace.common.typeinfo import TypeInformation
from headrace.common.watermark_strategy import (
    TimestampAssigner,
    WatermarkGenerator,
    WatermarkOutput,
    WatermarkStrategy,
)
from headrace.datastream.connectors.base import Source, SourceReader
from headrace.datastream.data_stream import DataStream
from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment

_CLOCK = "headrace.testing.clock"


class At(NamedTuple):
    """An element with its event time in milliseconds."""

    timestamp: int
    value: Any


class Watermark(NamedTuple):
    """No element of this time or before it comes any more."""

    timestamp: int


class ProcessingTime(NamedTuple):
    """What follows, also the end, comes at this processing time of jumping_clock() or later."""

    time: int


def jumping_clock(env: StreamExecutionEnvironment, start: int = 0) -> None:
    """Gives the jobs of the environment a clock of their own, in milliseconds.

    It stands while a job has something to do and jumps to the next timer once it has not, so that
    windows and timers of processing time are tested without waiting, with equal results each time.
    """
    if start < 0:
        raise ValueError(f"jumping_clock() starts at 0 or later, not {start}")
    env._conf.set_string(_CLOCK, str(start))


def bounded_source(
    env: StreamExecutionEnvironment,
    *items: At | Watermark | ProcessingTime,
    type_info: TypeInformation | None = None,
) -> DataStream[Any]:
    """A stream of these elements, with exactly these watermarks and the last one at the end.

    >>> from headrace.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> stream = bounded_source(env, At(10, "a"), Watermark(20), At(15, "late"))
    >>> stream.get_name()
    'Map'
    """
    for item in items:
        if not isinstance(item, (At, Watermark, ProcessingTime)):
            raise TypeError(
                "bounded_source() takes At(timestamp, value), Watermark(timestamp) and "
                f"ProcessingTime(time), not {item!r}"
            )
    strategy = WatermarkStrategy.for_generator(_Generator).with_timestamp_assigner(_Assigner())
    timed = _listed(env, list(items)).assign_timestamps_and_watermarks(strategy)
    elements = timed.filter(_is_element).force_non_parallel()
    return elements.map(_value, type_info).force_non_parallel()


def _listed(env: StreamExecutionEnvironment, items: list[Any]) -> DataStream[Any]:
    """The items in their order, each at its processing time."""
    if not any(isinstance(item, ProcessingTime) for item in items):
        return env.from_collection(items)
    if int(env._conf.get_string(_CLOCK, "-1")) < 0:
        raise ValueError("ProcessingTime is a time of jumping_clock(env): call that before")
    no_watermarks = WatermarkStrategy.no_watermarks()
    return env.from_source(_Script(items), no_watermarks, "Script").force_non_parallel()


class _Script(Source):
    """One split, the items."""

    def __init__(self, items: list[Any]) -> None:
        super().__init__()
        self._items = items

    def splits(self) -> list[int]:
        return [0]

    def create_reader(self, context: Any) -> SourceReader:
        return _Reader(self._items)


class _Reader(SourceReader):
    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def read(self, split: Any, position: Any) -> Iterator[Any]:
        for number in range(position or 0, len(self._items)):
            item = self._items[number]
            if isinstance(item, ProcessingTime):
                while self.processing_time < item.time:
                    yield None
            else:
                yield item, number + 1


class _Assigner(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        timestamp: int = value.timestamp
        return timestamp


class _Generator(WatermarkGenerator):
    def on_event(self, event: Any, event_timestamp: int, output: WatermarkOutput) -> None:
        if isinstance(event, Watermark):
            output.emit_watermark(event.timestamp)


def _is_element(item: Any) -> bool:
    return isinstance(item, At)


def _value(item: Any) -> Any:
    return item.value
