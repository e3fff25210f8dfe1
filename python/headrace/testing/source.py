"""A bounded source whose watermarks stand between its elements."""

from __future__ import annotations

from typing import Any, NamedTuple

from headrace.common.typeinfo import TypeInformation
from headrace.common.watermark_strategy import (
    TimestampAssigner,
    WatermarkGenerator,
    WatermarkOutput,
    WatermarkStrategy,
)
from headrace.datastream.data_stream import DataStream
from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment


class At(NamedTuple):
    """An element with its event time in milliseconds."""

    timestamp: int
    value: Any


class Watermark(NamedTuple):
    """No element of this time or before it comes any more."""

    timestamp: int


def bounded_source(
    env: StreamExecutionEnvironment,
    *items: At | Watermark,
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
        if not isinstance(item, (At, Watermark)):
            raise TypeError(
                "bounded_source() takes At(timestamp, value) and Watermark(timestamp), not "
                f"{item!r}"
            )
    strategy = WatermarkStrategy.for_generator(_Generator).with_timestamp_assigner(_Assigner())
    timed = env.from_collection(list(items)).assign_timestamps_and_watermarks(strategy)
    elements = timed.filter(_is_element).force_non_parallel()
    return elements.map(_value, type_info).force_non_parallel()


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
