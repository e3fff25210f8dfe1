"""Count windows that fire when they are full: the usual case, without a trigger's state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.common.typeinfo import Types
from headrace.datastream._operators.host import OperatorContext, OperatorRuntime
from headrace.datastream._operators.window import Results, WindowOperator, emit_results
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window.assigner import (
    CountSlidingWindowAssigner,
    CountTumblingWindowAssigner,
)
from headrace.datastream.window.window import MAX_LONG_VALUE, CountWindow


class CountWindowOperator(WindowOperator):
    """Windows of a number of a key's elements; those that are not full at the end are dropped."""

    def open(self, runtime_context: OperatorRuntime) -> None:
        """Asks for the states and opens the functions."""
        super().open(runtime_context)
        assigner = self._assigner
        assert isinstance(assigner, (CountTumblingWindowAssigner, CountSlidingWindowAssigner))
        self._size, self._slide = assigner._window_size, assigner._window_slide
        descriptor = ValueStateDescriptor("count-window-seen", Types.LONG())
        self._seen = runtime_context.get_state_by_descriptor(descriptor)

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element."""
        seen = self._seen.value() or 0
        self._seen.update(seen + 1)
        size, slide, contents = self._size, self._slide, self._contents
        results: Results | None = None
        for window in range(max(0, (seen - size) // slide + 1), seen // slide + 1):
            contents.add(window, value, ctx.timestamp())
            if seen + 1 == window * slide + size:
                results = results or []
                results.append((MAX_LONG_VALUE, self._fire(window, CountWindow(window), ctx)))
                contents.clear(window)
        return emit_results(results, ctx) if results else None
