"""Runs one operator's user code in memory, as headrace._runtime says it is called."""

from __future__ import annotations

import bisect
import copy
import pickle
from collections.abc import Callable, Iterable
from typing import Any

from headrace._runtime.accumulators import Accumulators, Holder
from headrace.common.external_resource import ExternalResourceInfo
from headrace.datastream.functions import RuntimeContext
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.time_domain import TimeDomain
from headrace.testing._states import (
    MemoryBroadcastState,
    ReadOnlyBroadcastState,
    Store,
    state_of,
)

MIN_TIME = -(1 << 63)
MAX_TIME = (1 << 63) - 1

Timer = tuple[int, bytes, bytes]  # time, key, namespace


class MemoryRuntimeContext(Holder, RuntimeContext):
    """The runtime context of a subtask."""

    def __init__(
        self, store: Store, keyed: bool, subtask: int, parallelism: int, parameters: dict[str, str]
    ) -> None:
        super().__init__(Accumulators())
        self._store = store
        self._keyed = keyed
        self._subtask, self._parallelism = subtask, parallelism
        self._parameters = parameters

    def accumulators(self) -> dict[str, Any]:
        """The function's accumulators by name."""
        return self._accumulators.by_name

    def _state(self, state_descriptor: Any) -> Any:
        if not self._keyed:
            raise RuntimeError(
                f"state {state_descriptor.name!r}: Keyed state can only be used on a 'keyed "
                "stream', i.e., after a 'key_by()' operation"
            )
        return state_of(self._store, state_descriptor)

    get_state = get_list_state = get_map_state = _state
    get_reducing_state = get_aggregating_state = _state
    get_namespaced_state = get_state_by_descriptor = _state

    def get_task_name(self) -> str:
        """The name of the task."""
        return "test"

    def get_number_of_parallel_subtasks(self) -> int:
        """The parallelism."""
        return self._parallelism

    def get_max_number_of_parallel_subtasks(self) -> int:
        """The number of key groups."""
        return 128

    def get_index_of_this_subtask(self) -> int:
        """Which subtask this is."""
        return self._subtask

    def get_attempt_number(self) -> int:
        """Zero."""
        return 0

    def get_task_name_with_subtasks(self) -> str:
        """The name of the task and the number of the subtask."""
        return f"test ({self._subtask + 1}/{self._parallelism})"

    def get_job_parameter(self, key: str, default_value: str) -> str:
        """A job parameter."""
        return self._parameters.get(key, default_value)

    def get_external_resource_infos(self, resource_name: str) -> set[ExternalResourceInfo]:
        """None: tests have no external resources."""
        return set()

    def get_metrics_group(self) -> Any:
        """None: tests have no metrics."""
        return None


class Host:
    """One subtask of one operator; what it emits goes to emit(tag or None, value, timestamp)."""

    def __init__(
        self,
        kind: str,
        function: Any,
        emit: Callable[[str | None, Any, int], None],
        *,
        subtask: int = 0,
        parallelism: int = 1,
        batch: bool = False,
        parameters: dict[str, str] | None = None,
        restored: bytes | None = None,
    ) -> None:
        self.kind = kind
        self.function = function
        self._emit_out = emit
        self.batch = batch
        self.keyed = kind.startswith("keyed_") or kind == "reduce"
        self.store = Store()
        self.timers: dict[TimeDomain, list[Timer]] = {domain: [] for domain in TimeDomain}
        self.watermark = MIN_TIME
        self.now = 0
        self.key: Any = None
        self.checkpoint = 0
        self.context = MemoryContext(self)
        self._reduced: dict[bytes, Any] = {}
        runtime = MemoryRuntimeContext(
            self.store, self.keyed, subtask, parallelism, parameters or {}
        )
        self.accumulators = runtime.accumulators()
        if restored is not None:
            self._restore(restored)
        if hasattr(function, "open"):
            function.open(runtime)

    def close(self) -> None:
        """Closes the function."""
        if hasattr(self.function, "close"):
            self.function.close()

    # ------------------------------------------------------------ elements

    def push(self, value: Any, timestamp: int, port: int = 0, key: Any = None) -> None:
        """Processes one element."""
        self._begin(key if self.keyed else None, timestamp)
        self.context.port = port
        if self.kind in ("map", "filter", "flat_map", "reduce"):
            self._simple(value, timestamp)
        else:
            self._emit(self._call(port)(value))

    def _begin(self, key: Any, timestamp: int) -> None:
        self.key = key
        self.store.key = pickle.dumps(key) if self.keyed else None
        self.context.time = self.context.emit_time = timestamp
        self.context.domain = None

    def _simple(self, value: Any, timestamp: int) -> None:
        names = {"map": "map", "filter": "filter", "flat_map": "flat_map", "reduce": "reduce"}
        call = getattr(self.function, names[self.kind], self.function)
        if self.kind == "map":
            self._emit_out(None, call(value), timestamp)
        elif self.kind == "filter":
            if call(value):
                self._emit_out(None, value, timestamp)
        elif self.kind == "flat_map":
            for item in call(value):
                self._emit_out(None, item, timestamp)
        else:
            assert self.store.key is not None
            held = self._reduced.get(self.store.key)
            result = value if held is None else call(copy.deepcopy(held[0]), value)
            self._reduced[self.store.key] = (result, timestamp)
            if not self.batch:
                self._emit_out(None, result, timestamp)

    def _call(self, port: int) -> Callable[[Any], Any]:
        function, ctx = self.function, self.context
        kind = self.kind.removeprefix("keyed_")
        if kind == "co_map":
            call = function.map1 if port == 0 else function.map2
            return lambda value: [r for r in (call(value),) if r is not None]
        if kind == "co_flat_map":
            call = function.flat_map1 if port == 0 else function.flat_map2
            return lambda value: call(value)
        if kind in ("co_process", "co_operator"):
            call = function.process_element1 if port == 0 else function.process_element2
        elif kind == "broadcast_process" and port == 1:
            call = function.process_broadcast_element
        else:
            call = function.process_element
        return lambda value: call(value, ctx)

    def _emit(self, results: Iterable[Any] | None) -> None:
        for item in results if results is not None else ():
            if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], OutputTag):
                self._emit_out(item[0].tag_id, item[1], self.context.emit_time)
            else:
                self._emit_out(None, item, self.context.emit_time)

    # ------------------------------------------------------------ time

    def advance_watermark(self, watermark: int) -> None:
        """Fires event timers up to the watermark, those registered meanwhile too."""
        if watermark <= self.watermark:
            return
        self.watermark = watermark
        self._fire(TimeDomain.EVENT_TIME, watermark)
        if hasattr(self.function, "on_watermark"):
            self._begin(None, watermark)
            self._emit(self.function.on_watermark(watermark, self.context))

    def advance_processing_time(self, now: int) -> None:
        """Sets the clock and fires the timers that are due."""
        self.now = max(self.now, now)
        self._fire(TimeDomain.PROCESSING_TIME, self.now)

    def _fire(self, domain: TimeDomain, until: int) -> None:
        timers = self.timers[domain]
        while timers and timers[0][0] <= until:
            time, key, namespace = timers.pop(0)
            self._begin(pickle.loads(key), time)
            self.context.domain = domain
            self._emit(self._on_timer(domain, time, pickle.loads(namespace)))

    def _on_timer(self, domain: TimeDomain, time: int, namespace: Any) -> Any:
        if not self.kind.endswith("operator"):
            return self.function.on_timer(time, self.context)
        event = domain is TimeDomain.EVENT_TIME
        name = "on_event_time" if event else "on_processing_time"
        return getattr(self.function, name)(time, namespace, self.context)

    def end_input(self, port: int = 0) -> None:
        """Says that a port has no more elements."""
        if hasattr(self.function, "end_input") and self.kind.endswith("operator"):
            self._begin(None, MIN_TIME)
            self._emit(self.function.end_input(port, self.context))
        if self.kind == "reduce" and self.batch:
            for result, timestamp in self._reduced.values():
                self._emit_out(None, result, timestamp)
            self._reduced.clear()

    # ------------------------------------------------------------ timers, snapshots

    def register(self, domain: TimeDomain, namespace: Any, time: int) -> None:
        """Registers a timer of the current key, once."""
        if not self.keyed:
            raise RuntimeError("timers need a keyed stream: call key_by() first")
        assert self.store.key is not None
        timer = (time, self.store.key, pickle.dumps(namespace))
        timers = self.timers[domain]
        at = bisect.bisect_left(timers, timer)
        if at == len(timers) or timers[at] != timer:
            timers.insert(at, timer)

    def delete(self, domain: TimeDomain, namespace: Any, time: int) -> None:
        """Deletes a timer of the current key."""
        assert self.store.key is not None
        timer = (time, self.store.key, pickle.dumps(namespace))
        if timer in self.timers[domain]:
            self.timers[domain].remove(timer)

    def snapshot(self) -> bytes:
        """All state, timers included."""
        self.checkpoint += 1
        if hasattr(self.function, "begin_checkpoint"):
            self.function.begin_checkpoint(self.checkpoint)
        own = None
        if hasattr(self.function, "snapshot_state"):
            own = list(self.function.snapshot_state())
        return pickle.dumps(
            (self.store.values, self.timers, self._reduced, self.watermark, self.now, own)
        )

    def complete_checkpoint(self, checkpoint: int) -> None:
        """Tells the function that a checkpoint is complete."""
        if hasattr(self.function, "notify_checkpoint_complete"):
            self.function.notify_checkpoint_complete(checkpoint)

    def _restore(self, snapshot: bytes) -> None:
        """Takes a snapshot back, before open()."""
        values, timers, reduced, watermark, now, own = pickle.loads(snapshot)
        self.store.values, self.timers, self._reduced = values, timers, reduced
        self.watermark, self.now = watermark, now
        if own is not None:
            self.function.restore_state(own)


class MemoryContext:
    """The context of process methods, its own timer service."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.time = self.emit_time = MIN_TIME
        self.domain: TimeDomain | None = None
        self.port = 0

    def timestamp(self) -> int:
        """The element's or timer's time."""
        return self.time

    def current_watermark(self) -> int:
        """The watermark."""
        return self._host.watermark

    def current_processing_time(self) -> int:
        """The clock's time."""
        return self._host.now

    def get_current_key(self) -> Any:
        """The key."""
        return self._host.key

    def timer_service(self) -> MemoryContext:
        """This object."""
        return self

    def time_domain(self) -> TimeDomain | None:
        """The timer's domain."""
        return self.domain

    def get_broadcast_state(self, descriptor: Any) -> Any:
        """Broadcast state, which the broadcast side may write."""
        state = MemoryBroadcastState(self._host.store, descriptor)
        return state if self.port == 1 else ReadOnlyBroadcastState(state)

    def set_timestamp(self, timestamp: int) -> None:
        """Gives what is emitted from here on that time."""
        self.emit_time = timestamp

    def register_event_time_timer(self, timestamp: int) -> None:
        """Registers a timer."""
        self._host.register(TimeDomain.EVENT_TIME, None, timestamp)

    def delete_event_time_timer(self, timestamp: int) -> None:
        """Deletes a timer."""
        self._host.delete(TimeDomain.EVENT_TIME, None, timestamp)

    def register_processing_time_timer(self, timestamp: int) -> None:
        """Registers a timer."""
        self._host.register(TimeDomain.PROCESSING_TIME, None, timestamp)

    def delete_processing_time_timer(self, timestamp: int) -> None:
        """Deletes a timer."""
        self._host.delete(TimeDomain.PROCESSING_TIME, None, timestamp)

    def register_event_timer(self, namespace: Any, time: int) -> None:
        """Registers a timer of a namespace."""
        self._host.register(TimeDomain.EVENT_TIME, namespace, time)

    def delete_event_timer(self, namespace: Any, time: int) -> None:
        """Deletes a timer of a namespace."""
        self._host.delete(TimeDomain.EVENT_TIME, namespace, time)

    def register_processing_timer(self, namespace: Any, time: int) -> None:
        """Registers a timer of a namespace."""
        self._host.register(TimeDomain.PROCESSING_TIME, namespace, time)

    def delete_processing_timer(self, namespace: Any, time: int) -> None:
        """Deletes a timer of a namespace."""
        self._host.delete(TimeDomain.PROCESSING_TIME, namespace, time)
