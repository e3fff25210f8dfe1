"""Triggers that go by time."""

from __future__ import annotations

from typing import Any

from headrace.common.time import Duration, Time, millis_of
from headrace.common.typeinfo import Types
from headrace.datastream.state import ReducingState, ReducingStateDescriptor, ValueStateDescriptor
from headrace.datastream.window.trigger import Trigger, TriggerResult
from headrace.datastream.window.window import MAX_LONG_VALUE, TimeWindow, Window


class EventTimeTrigger(Trigger[Any, TimeWindow]):
    """Fires when the watermark passes the end of the window."""

    @staticmethod
    def create() -> EventTimeTrigger:
        """The trigger."""
        return EventTimeTrigger()

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires at once where the end has passed, else waits for it."""
        if window.max_timestamp() <= ctx.get_current_watermark():
            return TriggerResult.FIRE
        ctx.register_event_time_timer(window.max_timestamp())
        return TriggerResult.CONTINUE

    def on_processing_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def on_event_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires at the end."""
        at_end = time == window.max_timestamp()
        return TriggerResult.FIRE if at_end else TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """True."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Waits for the new end; where it has passed, the element fires."""
        if window.max_timestamp() > ctx.get_current_watermark():
            ctx.register_event_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Drops the timer."""
        ctx.delete_event_time_timer(window.max_timestamp())


class ProcessingTimeTrigger(Trigger[Any, TimeWindow]):
    """Fires when the clock passes the end of the window."""

    @staticmethod
    def create() -> ProcessingTimeTrigger:
        """The trigger."""
        return ProcessingTimeTrigger()

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Waits for the end."""
        ctx.register_processing_time_timer(window.max_timestamp())
        return TriggerResult.CONTINUE

    def on_processing_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires."""
        return TriggerResult.FIRE

    def on_event_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def can_merge(self) -> bool:
        """True."""
        return True

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Waits for the new end."""
        if window.max_timestamp() > ctx.get_current_processing_time():
            ctx.register_processing_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Drops the timer."""
        ctx.delete_processing_time_timer(window.max_timestamp())


def _earlier(a: int, b: int) -> int:
    return min(a, b)


class _Continuous(Trigger[Any, TimeWindow]):
    """Fires at every multiple of an interval; the next time is state."""

    def __init__(self, interval: int) -> None:
        if interval <= 0:
            raise ValueError(f"{type(self).__name__} needs an interval greater than zero")
        self._interval = interval
        self._next = ReducingStateDescriptor("continuous-next-fire", _earlier, Types.LONG())

    def can_merge(self) -> bool:
        """True."""
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._interval})"


class ContinuousEventTimeTrigger(_Continuous):
    """Fires at every multiple of an interval of event time, and at the window's end."""

    @staticmethod
    def of(interval: Time) -> ContinuousEventTimeTrigger:
        """Fires every interval."""
        return ContinuousEventTimeTrigger(millis_of(interval, "interval"))

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Waits for the next multiple and the end."""
        if window.max_timestamp() <= ctx.get_current_watermark():
            return TriggerResult.FIRE
        ctx.register_event_time_timer(window.max_timestamp())
        state = ctx.get_partitioned_state(self._next)
        if state.get() is None:
            self.register_next_fire_timestamp(
                timestamp - timestamp % self._interval, window, ctx, state
            )
        return TriggerResult.CONTINUE

    def on_processing_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def on_event_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires, and waits for the next multiple."""
        if time == window.max_timestamp():
            return TriggerResult.FIRE
        state = ctx.get_partitioned_state(self._next)
        if state.get() == time:
            state.clear()
            self.register_next_fire_timestamp(time, window, ctx, state)
            return TriggerResult.FIRE
        return TriggerResult.CONTINUE

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Takes the earliest of the merged windows' times."""
        ctx.merge_partitioned_state(self._next)
        fire_at = ctx.get_partitioned_state(self._next).get()
        if fire_at is not None:
            ctx.register_event_time_timer(fire_at)
        if window.max_timestamp() > ctx.get_current_watermark():
            ctx.register_event_time_timer(window.max_timestamp())

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Drops state and timers."""
        state = ctx.get_partitioned_state(self._next)
        fire_at = state.get()
        if fire_at is not None:
            ctx.delete_event_time_timer(fire_at)
            state.clear()
        ctx.delete_event_time_timer(window.max_timestamp())

    def register_next_fire_timestamp(
        self,
        time: int,
        window: TimeWindow,
        ctx: Trigger.TriggerContext,
        fire_timestamp_state: ReducingState[int],
    ) -> None:
        """Waits for the next multiple after that time."""
        fire_at = min(time + self._interval, window.max_timestamp())
        fire_timestamp_state.add(fire_at)
        ctx.register_event_time_timer(fire_at)


class ContinuousProcessingTimeTrigger(_Continuous):
    """Fires at every multiple of an interval of the clock."""

    @staticmethod
    def of(interval: Time) -> ContinuousProcessingTimeTrigger:
        """Fires every interval."""
        return ContinuousProcessingTimeTrigger(millis_of(interval, "interval"))

    def on_element(
        self, element: Any, timestamp: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Waits for the next multiple."""
        state = ctx.get_partitioned_state(self._next)
        if state.get() is None:
            now = ctx.get_current_processing_time()
            self.register_next_fire_timestamp(now - now % self._interval, window, ctx, state)
        return TriggerResult.CONTINUE

    def on_processing_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires, and waits for the next multiple."""
        state = ctx.get_partitioned_state(self._next)
        if state.get() == time:
            state.clear()
            self.register_next_fire_timestamp(time, window, ctx, state)
            return TriggerResult.FIRE
        return TriggerResult.CONTINUE

    def on_event_time(
        self, time: int, window: TimeWindow, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Goes on."""
        return TriggerResult.CONTINUE

    def on_merge(self, window: TimeWindow, ctx: Trigger.OnMergeContext) -> None:
        """Takes the earliest of the merged windows' times."""
        ctx.merge_partitioned_state(self._next)
        fire_at = ctx.get_partitioned_state(self._next).get()
        if fire_at is not None:
            ctx.register_processing_time_timer(fire_at)

    def clear(self, window: TimeWindow, ctx: Trigger.TriggerContext) -> None:
        """Drops state and timer."""
        state = ctx.get_partitioned_state(self._next)
        fire_at = state.get()
        if fire_at is not None:
            ctx.delete_processing_time_timer(fire_at)
            state.clear()

    def register_next_fire_timestamp(
        self,
        time: int,
        window: TimeWindow,
        ctx: Trigger.TriggerContext,
        fire_timestamp_state: ReducingState[int],
    ) -> None:
        """Waits for the next multiple after that time."""
        fire_at = min(time + self._interval, window.max_timestamp())
        fire_timestamp_state.add(fire_at)
        ctx.register_processing_time_timer(fire_at)


class ProcessingTimeoutTrigger(Trigger[Any, Window]):
    """Fires when another trigger does, or when a window has waited too long by the clock."""

    def __init__(
        self,
        nested: Trigger[Any, Any],
        interval_ms: int,
        reset_timer_on_new_record: bool,
        should_clear_on_timeout: bool,
    ) -> None:
        self._nested = nested
        self._interval_ms = interval_ms
        self._reset = reset_timer_on_new_record
        self._clear_on_timeout = should_clear_on_timeout
        self._at = ValueStateDescriptor("timeout-at", Types.LONG())

    @staticmethod
    def of(
        nested_trigger: Trigger[Any, Any],
        timeout: Duration | Time,
        reset_timer_on_new_record: bool = False,
        should_clear_on_timeout: bool = True,
    ) -> ProcessingTimeoutTrigger:
        """Wraps a trigger; the time counts from the first element or, with reset, the last."""
        return ProcessingTimeoutTrigger(
            nested_trigger,
            millis_of(timeout, "timeout"),
            reset_timer_on_new_record,
            should_clear_on_timeout,
        )

    def on_element(
        self, element: Any, timestamp: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Asks the nested trigger and starts the clock."""
        result = self._nested.on_element(element, timestamp, window, ctx)
        if result.is_fire():
            self.clear(window, ctx)
            return result
        state = ctx.get_partitioned_state(self._at)
        at = state.value()
        if at is not None and self._reset:
            ctx.delete_processing_time_timer(at)
            at = None
        if at is None:
            at = min(ctx.get_current_processing_time() + self._interval_ms, MAX_LONG_VALUE)
            state.update(at)
            ctx.register_processing_time_timer(at)
        return result

    def on_processing_time(
        self, time: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Fires when the time is over."""
        result = self._nested.on_processing_time(time, window, ctx)
        timed_out = ctx.get_partitioned_state(self._at).value() == time
        if timed_out:
            ctx.get_partitioned_state(self._at).clear()
            if self._clear_on_timeout:
                self.clear(window, ctx)
        return _with_fire(result) if timed_out else result

    def on_event_time(
        self, time: int, window: Window, ctx: Trigger.TriggerContext
    ) -> TriggerResult:
        """Asks the nested trigger."""
        result = self._nested.on_event_time(time, window, ctx)
        if result.is_fire():
            self.clear(window, ctx)
        return result

    def can_merge(self) -> bool:
        """False: the time of a merged window is not known."""
        return False

    def on_merge(self, window: Window, ctx: Trigger.OnMergeContext) -> None:
        """Never called."""

    def clear(self, window: Window, ctx: Trigger.TriggerContext) -> None:
        """Drops state and timers."""
        state = ctx.get_partitioned_state(self._at)
        at = state.value()
        if at is not None:
            ctx.delete_processing_time_timer(at)
            state.clear()
        self._nested.clear(window, ctx)


def _with_fire(result: TriggerResult) -> TriggerResult:
    return TriggerResult.FIRE_AND_PURGE if result.is_purge() else TriggerResult.FIRE
