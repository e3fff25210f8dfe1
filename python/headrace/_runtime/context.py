"""What functions see of the task they run in."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

from headrace._runtime import accumulators, state
from headrace._runtime.metrics import MetricGroup, Registry
from headrace._runtime.native import Context, Loop, isolate

__all__ = [
    "BroadcastState",
    "ProcessContext",
    "ReadOnlyBroadcastState",
    "RuntimeContext",
]


class RuntimeContext(accumulators.Holder):
    """PyFlink's RuntimeContext; keyed is False where there is no keyed state."""

    def __init__(
        self, spec: dict[str, Any], stage: dict[str, Any], loop: Loop, keyed: bool
    ) -> None:
        self._spec = spec
        self._stage = stage
        self._loop = loop
        self._keyed = keyed
        self._clock = Context(loop, 0).current_processing_time
        self._opened = False
        self._states: dict[tuple[str, bool], Any] = {}
        self._ttls: dict[str, int] = {}
        self.registry = Registry()
        self._metrics = MetricGroup(self.registry)
        self._parameters: dict[str, str] | None = None
        super().__init__(accumulators.of(spec, stage))

    def get_task_name(self) -> str:
        return str(self._spec["task_name"])

    def get_job_name(self) -> str:
        return str(self._spec["job"])

    def get_number_of_parallel_subtasks(self) -> int:
        return int(self._spec["parallelism"])

    def get_max_number_of_parallel_subtasks(self) -> int:
        return int(self._spec["max_parallelism"])

    def get_index_of_this_subtask(self) -> int:
        return int(self._spec["subtask"])

    def get_attempt_number(self) -> int:
        return int(self._spec["attempt"])

    def get_task_name_with_subtasks(self) -> str:
        index, total = self._spec["subtask"] + 1, self._spec["parallelism"]
        return f"{self._spec['task_name']} ({index}/{total})#{self._spec['attempt']}"

    def get_job_parameter(self, key: str, default_value: str | None = None) -> str | None:
        config: dict[str, str] = self._spec["config"]
        if self._parameters is None:
            module = importlib.import_module("headrace.common.execution_config")
            self._parameters = module.job_parameters(config.get(module.JOB_PARAMETERS, ""))
        return self._parameters.get(key, config.get(key, default_value))

    def get_external_resource_infos(self, resource_name: str) -> set[Any]:
        module = importlib.import_module("headrace.common.external_resource")
        units: set[Any] = module.infos(self._spec["config"], resource_name)
        return units

    def get_metrics_group(self) -> MetricGroup:
        return self._metrics

    get_metric_group = get_metrics_group

    def get_state(self, state_descriptor: Any) -> Any:
        return self._get(state_descriptor, False)

    get_list_state = get_map_state = get_reducing_state = get_aggregating_state = get_state
    get_state_by_descriptor = get_state

    def get_namespaced_state(self, descriptor: Any) -> Any:
        """The state with set_current_namespace()."""
        return self._get(descriptor, True)

    def _get(self, descriptor: Any, namespaced: bool) -> Any:
        if not self._keyed:
            raise RuntimeError(
                f"state {descriptor.name!r} needs a keyed stream: call key_by() first"
            )
        found = self._states.get((descriptor.name, namespaced))
        if found is None:
            cell: Any
            if self._opened:
                cell = state.LateCell(self._loop.cell("#late", False), descriptor.name)
            else:
                cell = self._loop.cell(descriptor.name, namespaced)
                ttl = state.time_to_live(descriptor, self._clock)
                if ttl is not None:
                    self._ttls[descriptor.name] = ttl.ms
            found = state.make(descriptor, cell, self._clock)
            self._states[descriptor.name, namespaced] = found
        return found

    def _seal(self) -> None:
        """States asked for from now on are late ones."""
        self._opened = True
        if self._keyed:
            self._loop.cell("#late", False)


class ReadOnlyBroadcastState:
    """A dict that is equal on all subtasks, as the side that is not broadcast sees it."""

    def __init__(self, values: dict[Any, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name in ("put", "put_all", "remove", "clear"):
            raise AttributeError(
                f"{name}(): broadcast state is written in process_broadcast_element() only"
            )
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def get(self, key: Any) -> Any:
        return self._values.get(key)

    def contains(self, key: Any) -> bool:
        return key in self._values

    def items(self) -> Iterable[tuple[Any, Any]]:
        return list(self._values.items())

    def keys(self) -> Iterable[Any]:
        return list(self._values)

    def values(self) -> Iterable[Any]:
        return list(self._values.values())

    def is_empty(self) -> bool:
        return not self._values

    def __contains__(self, key: Any) -> bool:
        return self.contains(key)

    def __getitem__(self, key: Any) -> Any:
        return self.get(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())


class BroadcastState(ReadOnlyBroadcastState):
    """The same as the broadcast side sees it."""

    def put(self, key: Any, value: Any) -> None:
        self._values[isolate(key)] = isolate(value)

    def put_all(self, dict_value: Any) -> None:
        for key, value in dict(dict_value).items():
            self.put(key, value)

    def remove(self, key: Any) -> None:
        self._values.pop(key, None)

    def clear(self) -> None:
        self._values.clear()

    def __setitem__(self, key: Any, value: Any) -> None:
        self.put(key, value)

    def __delitem__(self, key: Any) -> None:
        self.remove(key)


class ProcessContext(Context):
    """The context of process methods; the hot methods are in C."""

    _loop: Loop
    _runtime: RuntimeContext
    _broadcast: dict[str, dict[Any, Any]]

    def time_domain(self) -> Any:
        """The TimeDomain of the timer that is being fired."""
        domains = importlib.import_module("headrace.datastream.time_domain")
        return domains.TimeDomain(self.domain())

    def get_broadcast_state(self, descriptor: Any) -> ReadOnlyBroadcastState:
        """The broadcast state of the descriptor's name."""
        values = self._broadcast.setdefault(descriptor.name, {})
        return BroadcastState(values) if self.port() == 1 else ReadOnlyBroadcastState(values)

    def apply_to_keyed_state(self, descriptor: Any, function: Any) -> None:
        """Calls function(key, state) for all keys, right after the element at hand."""
        call = getattr(function, "process", function)
        self._loop.each(call, self._runtime.get_state(descriptor))
