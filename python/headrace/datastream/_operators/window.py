"""The window operator.

For each element: assign windows, leave out those that are over, add the element to the contents,
ask the trigger. Timers ask the trigger again; at a window's cleanup time all that belongs to it
goes. Windows that merge are known by MergingWindows, which says where their contents are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from headrace.common.typeinfo import Types
from headrace.datastream._operators.contents import Contents, EvictableContents
from headrace.datastream._operators.host import OperatorContext, OperatorRuntime, as_user_context
from headrace.datastream._operators.merging import MergingWindows
from headrace.datastream._operators.namespace import to_namespace, to_window
from headrace.datastream._operators.window_context import (
    AssignerContext,
    FunctionContext,
    NamespacedStates,
    TriggerContext,
)
from headrace.datastream._operators.window_function import Emission
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.state import ValueStateDescriptor
from headrace.datastream.window.assigner import WindowAssigner
from headrace.datastream.window.evictor import Evictor
from headrace.datastream.window.session import MergingWindowAssigner
from headrace.datastream.window.trigger import Trigger, TriggerResult
from headrace.datastream.window.window import MAX_LONG_VALUE, Window

Results = list[tuple[int, Iterable[Any]]]


class WindowOperator:
    """Windows of one keyed input."""

    def __init__(
        self,
        assigner: WindowAssigner[Any, Any],
        trigger: Trigger[Any, Any],
        contents: Contents,
        emission: Emission,
        lateness_ms: int = 0,
        late_tag: OutputTag | None = None,
        evictor: Evictor | None = None,
    ) -> None:
        self._assigner = assigner
        self._trigger = trigger
        self._contents = contents if evictor is None else EvictableContents(contents)
        self._emission = emission
        self._lateness_ms = lateness_ms
        self._late_tag = late_tag
        self._evictor = evictor
        self._event_time = assigner.is_event_time()
        self._merging = isinstance(assigner, MergingWindowAssigner)

    def open(self, runtime_context: OperatorRuntime) -> None:
        """Asks for the states and opens the functions."""
        trigger_states = NamespacedStates(runtime_context, "trigger.")
        trigger_states.ask_for(self._trigger)
        self._assigner_context = AssignerContext(runtime_context)
        self._trigger_context = TriggerContext(runtime_context, trigger_states)
        window_states = NamespacedStates(runtime_context, "window.")
        self._function_context = FunctionContext(runtime_context, window_states, self._merging)
        if self._merging:
            descriptor = ValueStateDescriptor("merging-windows", Types.PICKLED_BYTE_ARRAY())
            self._pairs = runtime_context.get_state_by_descriptor(descriptor)
        self._contents.open(runtime_context)
        self._emission.open(as_user_context(runtime_context))

    def close(self) -> None:
        """Closes the functions."""
        self._emission.close()
        self._contents.close()

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element."""
        return self._element(value, value, ctx)

    def _element(self, value: Any, kept: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element and keeps what stands for it."""
        timestamp = ctx.timestamp()
        self._assigner_context.ctx = ctx
        windows = self._assigner.assign_windows(value, timestamp, self._assigner_context)
        results: Results = []
        merging = self._load() if self._merging else None
        late = True
        for window in windows:
            home = window
            if merging is not None:
                window = merging.add(window, self._on_merge(ctx))
                home = merging.state_window(window) or window
            if self._is_over(window, ctx):
                if merging is not None:
                    merging.retire(window)
                continue
            late = False
            self._contents.add(to_namespace(home), kept, timestamp)
            self._trigger_context.bind(ctx, window)
            answer = self._trigger.on_element(value, timestamp, window, self._trigger_context)
            if answer is not TriggerResult.CONTINUE:
                self._act(answer, window, home, ctx, results)
            self._await_cleanup(window, ctx)
        if merging is not None:
            self._store(merging)
        if late and self._event_time and self._late_tag is not None:
            return ((self._late_tag, value),)
        return emit_results(results, ctx) if results else None

    def on_event_time(
        self, timestamp: int, namespace: Any, ctx: OperatorContext
    ) -> Iterable[Any] | None:
        """Takes a timer of the watermark."""
        return self._timer(timestamp, namespace, ctx, True)

    def on_processing_time(
        self, timestamp: int, namespace: Any, ctx: OperatorContext
    ) -> Iterable[Any] | None:
        """Takes a timer of the clock."""
        return self._timer(timestamp, namespace, ctx, False)

    def _timer(
        self, timestamp: int, namespace: Any, ctx: OperatorContext, event_time: bool
    ) -> Iterable[Any] | None:
        window = to_window(namespace)
        home = window
        merging = self._load() if self._merging else None
        if merging is not None:
            found = merging.state_window(window)
            if found is None:  # the timer of a window that has become part of another
                return None
            home = found
        self._trigger_context.bind(ctx, window)
        ask = self._trigger.on_event_time if event_time else self._trigger.on_processing_time
        answer = ask(timestamp, window, self._trigger_context)
        results: Results = []
        if answer is not TriggerResult.CONTINUE:
            self._act(answer, window, home, ctx, results)
        if event_time is self._event_time and timestamp == self._cleanup_time(window):
            self._end(window, home, merging, ctx)
        return emit_results(results, ctx) if results else None

    def _act(
        self,
        answer: TriggerResult,
        window: Window,
        home: Window,
        ctx: OperatorContext,
        results: Results,
    ) -> None:
        namespace = to_namespace(home)
        if answer.is_fire():
            emitted = self._fire(namespace, window, ctx)
            if emitted:
                results.append((window.max_timestamp(), emitted))
        if answer.is_purge():
            self._contents.clear(namespace)

    def _fire(self, namespace: Any, window: Window, ctx: OperatorContext) -> list[Any]:
        """The results of a window, made before anything of it is cleared."""
        self._function_context.bind(ctx, window)
        if self._evictor is not None:
            return self._fire_evicting(self._evictor, namespace, window, ctx)
        inputs = self._contents.get(namespace)
        if inputs is None:
            return []
        key = ctx.get_current_key()
        return list(self._emission.emit(key, window, inputs, self._function_context))

    def _fire_evicting(
        self, evictor: Evictor, namespace: Any, window: Window, ctx: OperatorContext
    ) -> list[Any]:
        contents = self._contents
        assert isinstance(contents, EvictableContents)
        elements = contents.timestamped(namespace)
        if not elements:
            return []
        context = self._trigger_context
        kept = list(evictor.evict_before(elements, len(elements), window, context))
        inputs = contents.folded(kept)
        emitted: list[Any] = []
        if inputs is not None:
            key = ctx.get_current_key()
            emitted = list(self._emission.emit(key, window, inputs, self._function_context))
        stay = list(evictor.evict_after(kept, len(kept), window, context))
        contents.replace(namespace, stay)
        return emitted

    def _end(
        self, window: Window, home: Window, merging: MergingWindows | None, ctx: OperatorContext
    ) -> None:
        """Drops all that belongs to a window."""
        self._contents.clear(to_namespace(home))
        self._trigger_context.bind(ctx, window)
        self._trigger.clear(window, self._trigger_context)
        self._function_context.bind(ctx, window)
        self._emission.clear(self._function_context)
        if merging is not None:
            merging.retire(window)
            self._store(merging)

    def _cleanup_time(self, window: Window) -> int:
        end = window.max_timestamp()
        return min(end + self._lateness_ms, MAX_LONG_VALUE) if self._event_time else end

    def _is_over(self, window: Window, ctx: OperatorContext) -> bool:
        return self._event_time and self._cleanup_time(window) <= ctx.current_watermark()

    def _await_cleanup(self, window: Window, ctx: OperatorContext) -> None:
        time = self._cleanup_time(window)
        if time == MAX_LONG_VALUE:  # such a window never ends
            return
        if self._event_time:
            ctx.register_event_timer(to_namespace(window), time)
        else:
            ctx.register_processing_timer(to_namespace(window), time)

    def _load(self) -> MergingWindows:
        assert isinstance(self._assigner, MergingWindowAssigner)
        pairs = self._pairs.value() or ()
        return MergingWindows(self._assigner, [(to_window(w), to_window(h)) for w, h in pairs])

    def _store(self, merging: MergingWindows) -> None:
        pairs = tuple((to_namespace(w), to_namespace(h)) for w, h in merging.pairs())
        self._pairs.update(pairs) if pairs else self._pairs.clear()

    def _on_merge(self, ctx: OperatorContext) -> Any:
        def merge(result: Window, merged: list[Window], home: Window, emptied: list[Any]) -> None:
            namespaces = [to_namespace(window) for window in merged]
            self._trigger_context.bind(ctx, result, namespaces)
            self._trigger.on_merge(result, self._trigger_context)
            for window in merged:
                if window == result:
                    continue
                self._trigger_context.bind(ctx, window)
                self._trigger.clear(window, self._trigger_context)
                self._forget_cleanup(window, ctx)
            self._contents.merge(to_namespace(home), [to_namespace(w) for w in emptied])

        return merge

    def _forget_cleanup(self, window: Window, ctx: OperatorContext) -> None:
        time = self._cleanup_time(window)
        if self._event_time:
            ctx.delete_event_timer(to_namespace(window), time)
        else:
            ctx.delete_processing_timer(to_namespace(window), time)


class CoWindowOperator(WindowOperator):
    """Windows of two keyed inputs, each element kept with the number of its side."""

    def process_element1(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element of the first input."""
        return self._element(value, (0, value), ctx)

    def process_element2(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element of the second input."""
        return self._element(value, (1, value), ctx)


def emit_results(results: Results, ctx: OperatorContext) -> Iterable[Any]:
    """The results of one or several windows, each with the last time of its window."""
    if len(results) == 1:
        ctx.set_timestamp(results[0][0])
        return results[0][1]
    return _emit_several(results, ctx)


def _emit_several(results: Results, ctx: OperatorContext) -> Iterator[Any]:
    for timestamp, items in results:
        ctx.set_timestamp(timestamp)
        yield from items
