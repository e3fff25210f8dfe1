"""Functions of SQL and the Table API inside a task: loading them, and what open() is given.

User objects are taken by what they can do (see the engine's package core/udf): a callable, or an
object with ``eval``, ``accumulate``, ``open``, ``close``. A wrapper that keeps the function object
in ``_func``, as the decorators of ``headrace.table.udf`` do, is taken apart.
"""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from headrace._runtime import pickling
from headrace._runtime.metrics import MetricGroup, Registry

__all__ = ["Collector", "FunctionContext", "Loaded", "load", "zone"]

_AGGREGATES = ("aggregate", "table_aggregate")


class FunctionContext:
    """What a function can learn in open() about where it runs."""

    def __init__(self, info: Mapping[str, Any], metrics: MetricGroup) -> None:
        self._info = info
        self._metrics = metrics

    def get_metric_group(self) -> MetricGroup:
        """The group under which the function registers its metrics."""
        return self._metrics

    def get_job_parameter(self, key: str, default_value: str) -> str:
        """A global job parameter, or the default where it is not set."""
        parameters: Mapping[str, str] = self._info["parameters"]
        return parameters.get(key, default_value)

    def get_external_resource_infos(self, resource_name: str) -> set[Any]:
        """The units of an external resource that the task's slot has."""
        module = importlib.import_module("headrace.common.external_resource")
        units: set[Any] = module.infos(self._info["parameters"], resource_name)
        return units

    def get_task_name(self) -> str:
        """The name of the task."""
        return str(self._info["task_name"])

    def get_task_name_with_subtasks(self) -> str:
        """The name with the subtask, "map (1/4)#0"."""
        info = self._info
        return (
            f"{info['task_name']} ({info['subtask'] + 1}/{info['parallelism']})#{info['attempt']}"
        )

    def get_number_of_parallel_subtasks(self) -> int:
        """The parallelism of the task."""
        return int(self._info["parallelism"])

    def get_max_number_of_parallel_subtasks(self) -> int:
        """The number of key groups, the highest parallelism the job can be rescaled to."""
        return int(self._info["max"])

    def get_index_of_this_subtask(self) -> int:
        """The subtask, from 0."""
        return int(self._info["subtask"])

    def get_attempt_number(self) -> int:
        """How often the subtask was started before, 0 the first time."""
        return int(self._info["attempt"])


class Loaded:
    """One copy of a user function with its entry points; those it does not have are None."""

    def __init__(self, function: Any, kind: str, info: Mapping[str, Any]) -> None:
        self.function = function
        self._registry = Registry()
        self._context = FunctionContext(info, MetricGroup(self._registry))
        self.eval: Callable[..., Any] | None = self._method("eval")
        if self.eval is None and callable(function):
            self.eval = function
        self.create_accumulator = self._method("create_accumulator")
        self.accumulate = self._method("accumulate")
        self.retract = self._method("retract")
        self.merge = self._method("merge")
        self.get_value = self._method("get_value")
        self.emit_value = self._method("emit_value")
        self.emit_update_with_retract = self._method("emit_update_with_retract")
        self._check(kind)

    def _method(self, name: str) -> Callable[..., Any] | None:
        method = getattr(self.function, name, None)
        return method if callable(method) else None

    def _check(self, kind: str) -> None:
        if kind not in _AGGREGATES:
            wanted = {"eval(*args)": self.eval}
        elif self.accumulate is None and self.eval is not None:
            return  # an aggregate over vectors, written as a plain function
        else:
            last = "get_value" if kind == "aggregate" else "emit_value"
            names = ("create_accumulator", "accumulate", last)
            wanted = {name + "()": getattr(self, name) for name in names}
        for name, method in wanted.items():
            if method is None:
                raise TypeError(
                    f"{self.function!r} is no {kind.replace('_', ' ')} function: it has no {name}"
                )

    def open(self) -> bool:
        """Runs the user's open(); says whether it registered metrics."""
        method = self._method("open")
        if method is not None:
            method(self._context)
        return bool(self._registry.metrics)

    def close(self) -> None:
        """Runs the user's close()."""
        method = self._method("close")
        if method is not None:
            method()

    def drain(self) -> list[tuple[str, str, Any]]:
        """The metrics that changed since the last call: kind, name, and amount or value."""
        return self._registry.drain()


class Collector:
    """Takes the changes of emit_update_with_retract(accumulator, out).

    >>> out = Collector()
    >>> out.retract((1, "a")), out.collect((1, "b"))
    (None, None)
    >>> out.rows, list(out.kinds)
    ([(1, 'a'), (1, 'b')], [1, 2])
    """

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.kinds = bytearray()

    def collect(self, row: Any) -> None:
        """A row that is a result from now on."""
        self.rows.append(row)
        self.kinds.append(2)

    def retract(self, row: Any) -> None:
        """A row that is no result any more."""
        self.rows.append(row)
        self.kinds.append(1)


def load(pickled: bytes, path: str, kind: str, info: Mapping[str, Any]) -> Loaded:
    """A copy of the function of its own, from cloudpickle bytes or from "module.attr"."""
    function = pickling.loads(pickled) if pickled else _by_path(path)
    if not hasattr(function, "eval") and not hasattr(function, "accumulate"):
        function = getattr(function, "_func", function)
    if isinstance(function, type):
        function = function()
    return Loaded(function, kind, info)


def _by_path(path: str) -> Any:
    module_name, _, attribute = path.rpartition(".")
    if not module_name:
        raise ImportError(f"'{path}' names no module: write it as 'module.function'")
    value = getattr(importlib.import_module(module_name), attribute, None)
    if value is None:
        raise ImportError(f"module '{module_name}' has no '{attribute}'")
    if isinstance(value, type) or not hasattr(value, "__dict__"):
        return value
    return pickling.loads(pickling.dumps(value))  # a module's object is shared by subtasks


def zone(name: str) -> datetime.tzinfo | None:
    """The time zone of a session; None for UTC."""
    if name in ("", "UTC", "Z", "GMT", "Etc/UTC"):
        return None
    if name[0] in "+-" or name[:3] in ("GMT", "UTC"):
        text = name.removeprefix("GMT").removeprefix("UTC")
        hours, _, minutes = text[1:].partition(":")
        offset = datetime.timedelta(hours=int(hours), minutes=int(minutes or 0))
        return datetime.timezone(-offset if text[0] == "-" else offset)
    return ZoneInfo(name)
