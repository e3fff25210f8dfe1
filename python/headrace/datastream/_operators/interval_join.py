"""The interval join: pairs of elements of one key whose event times are near each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from headrace.common.typeinfo import Types
from headrace.datastream._operators.host import OperatorContext, OperatorRuntime, as_user_context
from headrace.datastream._process_functions import ProcessJoinFunction
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.state import MapStateDescriptor
from headrace.datastream.window.assigner import no_timestamp
from headrace.datastream.window.window import MIN_LONG_VALUE


class _PairContext(ProcessJoinFunction.Context):
    """The times of a pair."""

    def __init__(self) -> None:
        self.left = self.right = MIN_LONG_VALUE

    def get_left_timestamp(self) -> int:
        """The left element's time."""
        return self.left

    def get_right_timestamp(self) -> int:
        """The right element's time."""
        return self.right

    def get_timestamp(self) -> int:
        """The later one."""
        return max(self.left, self.right)


class IntervalJoin:
    """Joins left with right where left + lower <= right <= left + upper, all in milliseconds.

    Each side is kept by time until nothing on the other side can match it any more.
    """

    def __init__(
        self,
        function: ProcessJoinFunction,
        lower_ms: int,
        upper_ms: int,
        late_tags: tuple[OutputTag | None, OutputTag | None] = (None, None),
    ) -> None:
        self._function = function
        # Of each side: how far the other side's times may lie from its own.
        self._bounds = ((lower_ms, upper_ms), (-upper_ms, -lower_ms))
        self._late_tags = late_tags

    def open(self, runtime_context: OperatorRuntime) -> None:
        """Asks for the buffers and opens the function."""
        any_type = Types.PICKLED_BYTE_ARRAY()
        self._buffers = [
            runtime_context.get_state_by_descriptor(
                MapStateDescriptor(name, Types.LONG(), any_type)
            )
            for name in ("interval-join-left", "interval-join-right")
        ]
        self._context = _PairContext()
        self._function.open(as_user_context(runtime_context))

    def close(self) -> None:
        """Closes the function."""
        self._function.close()

    def process_element1(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element of the left input."""
        return self._element(0, value, ctx)

    def process_element2(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element of the right input."""
        return self._element(1, value, ctx)

    def on_event_time(self, timestamp: int, namespace: Any, ctx: OperatorContext) -> None:
        """Forgets elements that nothing can match any more; the namespace is the side."""
        upper = self._bounds[namespace][1]
        self._buffers[namespace].remove(timestamp - max(0, upper))

    def _element(self, side: int, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        timestamp = ctx.timestamp()
        if timestamp == MIN_LONG_VALUE:
            raise ValueError(no_timestamp())
        if timestamp < ctx.current_watermark():
            tag = self._late_tags[side]
            return None if tag is None else ((tag, value),)
        own, other = self._buffers[side], self._buffers[1 - side]
        own.put(timestamp, [*(own.get(timestamp) or ()), value])
        lower, upper = self._bounds[side]
        ctx.register_event_timer(side, timestamp + max(0, upper))
        low, high = timestamp + lower, timestamp + upper
        near = sorted(time for time in other.keys() if low <= time <= high)  # noqa: SIM118
        if not near:
            return None
        return self._pairs(side, value, timestamp, [(t, other.get(t)) for t in near], ctx)

    def _pairs(
        self,
        side: int,
        value: Any,
        timestamp: int,
        matches: list[tuple[int, list[Any]]],
        ctx: OperatorContext,
    ) -> Iterator[Any]:
        for time, values in matches:
            for match in values:
                context = self._context
                context.left, context.right = (timestamp, time) if side == 0 else (time, timestamp)
                left, right = (value, match) if side == 0 else (match, value)
                ctx.set_timestamp(max(timestamp, time))
                yield from self._function.process_element(left, right, context) or ()
