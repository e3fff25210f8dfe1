"""The contexts that a window operator hands to assigners, triggers, evictors and functions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from headrace.datastream._function import KeyedStateStore, RuntimeContext
from headrace.datastream._operators.host import OperatorContext, OperatorRuntime, as_user_context
from headrace.datastream._operators.namespace import to_namespace
from headrace.datastream._window_functions import ProcessAllWindowFunction, ProcessWindowFunction
from headrace.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    ReducingStateDescriptor,
    StateDescriptor,
)
from headrace.datastream.window.assigner import WindowAssigner
from headrace.datastream.window.evictor import Evictor
from headrace.datastream.window.trigger import Trigger
from headrace.datastream.window.window import Window

if TYPE_CHECKING:
    from headrace.datastream.state import MapStateDescriptor, ValueStateDescriptor


class NamespacedStates:
    """State by window, its names kept apart from other state of the operator by a prefix."""

    def __init__(self, runtime: OperatorRuntime, prefix: str) -> None:
        self._runtime = runtime
        self._prefix = prefix
        self._states: dict[str, Any] = {}

    def get(self, descriptor: StateDescriptor, namespace: Any) -> Any:
        """The state, its namespace set."""
        state = self._states.get(descriptor.name)
        if state is None:
            own = copy.copy(descriptor)
            own.name = self._prefix + descriptor.name
            state = self._states[descriptor.name] = self._runtime.get_namespaced_state(own)
        state.set_current_namespace(namespace)
        return state

    def ask_for(self, owner: Any) -> None:
        """Asks ahead for what an object and those in it hold descriptors of."""
        for value in list(vars(owner).values()) if hasattr(owner, "__dict__") else ():
            if isinstance(value, StateDescriptor):
                self.get(value, None)
            elif isinstance(value, Trigger):
                self.ask_for(value)


class AssignerContext(WindowAssigner.WindowAssignerContext):
    """What an assigner can ask."""

    def __init__(self, runtime: OperatorRuntime) -> None:
        self._runtime = as_user_context(runtime)
        self.ctx: OperatorContext | None = None

    def get_current_processing_time(self) -> int:
        """The clock's time."""
        assert self.ctx is not None
        return self.ctx.current_processing_time()

    def get_runtime_context(self) -> RuntimeContext:
        """The runtime context."""
        return self._runtime


class TriggerContext(Trigger.OnMergeContext, Evictor.EvictorContext):
    """Time, timers and state of the window that bind() set."""

    def __init__(self, runtime: OperatorRuntime, states: NamespacedStates) -> None:
        self._runtime = runtime
        self._states = states
        self._namespace: Any = None
        self._merged: list[Any] = []
        self._ctx: Any = None

    def bind(self, ctx: OperatorContext, window: Window, merged: list[Any] | None = None) -> None:
        """Says which window is meant; merged are the namespaces that became it."""
        self._ctx = ctx
        self._namespace = to_namespace(window)
        self._merged = merged or []

    def get_current_processing_time(self) -> int:
        """The clock's time."""
        now: int = self._ctx.current_processing_time()
        return now

    def get_metric_group(self) -> Any:
        """Where own metrics go."""
        return self._runtime.get_metrics_group()

    def get_current_watermark(self) -> int:
        """The watermark."""
        watermark: int = self._ctx.current_watermark()
        return watermark

    def register_processing_time_timer(self, time: int) -> None:
        """Calls the trigger once the clock reaches that time."""
        self._ctx.register_processing_timer(self._namespace, time)

    def register_event_time_timer(self, time: int) -> None:
        """Calls the trigger once the watermark reaches that time."""
        self._ctx.register_event_timer(self._namespace, time)

    def delete_processing_time_timer(self, time: int) -> None:
        """Takes a registration back."""
        self._ctx.delete_processing_timer(self._namespace, time)

    def delete_event_time_timer(self, time: int) -> None:
        """Takes a registration back."""
        self._ctx.delete_event_timer(self._namespace, time)

    def get_partitioned_state(self, state_descriptor: StateDescriptor) -> Any:
        """State of the key and window."""
        return self._states.get(state_descriptor, self._namespace)

    def merge_partitioned_state(self, state_descriptor: StateDescriptor) -> None:
        """Adds the states of the merged windows to this one's."""
        if isinstance(state_descriptor, AggregatingStateDescriptor):
            raise TypeError(
                f"state {state_descriptor.name!r} of a trigger cannot be merged: use a "
                "ReducingStateDescriptor or a ListStateDescriptor"
            )
        if not isinstance(state_descriptor, (ReducingStateDescriptor, ListStateDescriptor)):
            raise TypeError(f"{state_descriptor!r} is no merging state, so windows cannot merge it")
        for namespace in self._merged:
            if namespace == self._namespace:
                continue
            state = self._states.get(state_descriptor, namespace)
            held = state.get()
            values = (
                list(held or ()) if isinstance(state_descriptor, ListStateDescriptor) else [held]
            )
            state.clear()
            target = self._states.get(state_descriptor, self._namespace)
            for value in values:
                if value is not None:
                    target.add(value)


class WindowStateStore(KeyedStateStore):
    """window_state() of a process window function."""

    def __init__(self, states: NamespacedStates) -> None:
        self._states = states
        self.namespace: Any = None

    def _state(self, state_descriptor: StateDescriptor) -> Any:
        return self._states.get(state_descriptor, self.namespace)

    def get_state(self, state_descriptor: ValueStateDescriptor) -> Any:
        """A single value."""
        return self._state(state_descriptor)

    def get_list_state(self, state_descriptor: ListStateDescriptor) -> Any:
        """A list."""
        return self._state(state_descriptor)

    def get_map_state(self, state_descriptor: MapStateDescriptor) -> Any:
        """A map."""
        return self._state(state_descriptor)

    def get_reducing_state(self, state_descriptor: ReducingStateDescriptor) -> Any:
        """A value that a reduce function keeps."""
        return self._state(state_descriptor)

    def get_aggregating_state(self, state_descriptor: AggregatingStateDescriptor) -> Any:
        """A value that an aggregate function keeps."""
        return self._state(state_descriptor)


class FunctionContext(ProcessWindowFunction.Context[Any], ProcessAllWindowFunction.Context[Any]):
    """What a process window function can ask."""

    def __init__(self, runtime: OperatorRuntime, states: NamespacedStates, merging: bool) -> None:
        self._runtime = as_user_context(runtime)
        self._store = WindowStateStore(states)
        self._merging = merging
        self._window: Any = None
        self._ctx: Any = None

    def bind(self, ctx: OperatorContext, window: Window) -> None:
        """Says which window is meant."""
        self._ctx, self._window = ctx, window
        self._store.namespace = to_namespace(window)

    def window(self) -> Any:
        """The window."""
        return self._window

    def current_processing_time(self) -> int:
        """The clock's time."""
        now: int = self._ctx.current_processing_time()
        return now

    def current_watermark(self) -> int:
        """The watermark."""
        watermark: int = self._ctx.current_watermark()
        return watermark

    def window_state(self) -> KeyedStateStore:
        """State of this key and window."""
        if self._merging:
            raise TypeError(
                "Per-window state is not allowed when using merging windows: use global_state()"
            )
        return self._store

    def global_state(self) -> KeyedStateStore:
        """State of this key."""
        return self._runtime


Call = Callable[[Any, Window, Any, FunctionContext], Any]
