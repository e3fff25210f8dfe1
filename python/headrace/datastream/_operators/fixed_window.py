"""Tumbling and sliding event-time windows that fire at their end: the usual case, made quick.

It does what WindowOperator does with these assigners and EventTimeTrigger, without objects for
windows, contexts and answers; tests run both on the same input.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.datastream._operators.contents import Contents
from headrace.datastream._operators.count_window import CountWindowOperator
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.window import Results, WindowOperator, emit_results
from headrace.datastream._operators.window_function import Emission
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.window.assigner import (
    CountSlidingWindowAssigner,
    CountTumblingWindowAssigner,
    SlidingEventTimeWindows,
    TumblingEventTimeWindows,
    WindowAssigner,
    no_timestamp,
)
from headrace.datastream.window.evictor import Evictor
from headrace.datastream.window.timetrigger import EventTimeTrigger
from headrace.datastream.window.trigger import Trigger
from headrace.datastream.window.window import MAX_LONG_VALUE, MIN_LONG_VALUE, TimeWindow


class FixedWindowOperator(WindowOperator):
    """Windows of one size at fixed times, on one keyed input."""

    def __init__(
        self,
        assigner: TumblingEventTimeWindows | SlidingEventTimeWindows,
        trigger: Trigger[Any, Any],
        contents: Contents,
        emission: Emission,
        lateness_ms: int = 0,
        late_tag: OutputTag | None = None,
    ) -> None:
        super().__init__(assigner, trigger, contents, emission, lateness_ms, late_tag)
        self._size, self._slide, self._offset = assigner._size, assigner._slide, assigner._offset

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element."""
        timestamp = ctx.timestamp()
        if timestamp == MIN_LONG_VALUE:
            raise ValueError(no_timestamp())
        watermark = ctx.current_watermark()
        size, lateness = self._size, self._lateness_ms
        start = timestamp - (timestamp - self._offset) % self._slide
        results: Results | None = None
        late = True
        while start + size > timestamp:
            last = start + size - 1
            if last + lateness > watermark:
                late = False
                namespace = (start, start + size)
                self._contents.add(namespace, value, timestamp)
                if last > watermark:
                    ctx.register_event_timer(namespace, last)
                else:
                    results = results or []
                    window = TimeWindow(start, start + size)
                    results.append((last, self._fire(namespace, window, ctx)))
                if lateness:
                    ctx.register_event_timer(namespace, min(last + lateness, MAX_LONG_VALUE))
            start -= self._slide
        if late:
            return None if self._late_tag is None else ((self._late_tag, value),)
        return emit_results(results, ctx) if results else None

    def on_event_time(
        self, timestamp: int, namespace: Any, ctx: OperatorContext
    ) -> Iterable[Any] | None:
        """Fires a window, or ends it."""
        window = TimeWindow(*namespace)
        last = namespace[1] - 1
        emitted: Iterable[Any] | None = None
        if timestamp == last:
            emitted = self._fire(namespace, window, ctx)
            ctx.set_timestamp(last)
        if timestamp >= last + self._lateness_ms:
            self._contents.clear(namespace)
            self._function_context.bind(ctx, window)
            self._emission.clear(self._function_context)
        return emitted


def window_operator(
    assigner: WindowAssigner[Any, Any],
    trigger: Trigger[Any, Any],
    own_trigger: bool,
    contents: Contents,
    emission: Emission,
    lateness_ms: int,
    late_tag: OutputTag | None,
    evictor: Evictor | None,
) -> WindowOperator:
    """A quick operator where it applies, else the general one.

    own_trigger says that the trigger is the user's and not the assigner's default.
    """
    # Only the very classes: a subclass may decide otherwise.
    fixed = type(assigner) in (TumblingEventTimeWindows, SlidingEventTimeWindows)
    if fixed and type(trigger) is EventTimeTrigger and evictor is None:
        assert isinstance(assigner, (TumblingEventTimeWindows, SlidingEventTimeWindows))
        return FixedWindowOperator(assigner, trigger, contents, emission, lateness_ms, late_tag)
    count = type(assigner) in (CountTumblingWindowAssigner, CountSlidingWindowAssigner)
    kind = CountWindowOperator if count and not own_trigger and evictor is None else WindowOperator
    return kind(assigner, trigger, contents, emission, lateness_ms, late_tag, evictor)
