"""Puts a fused chain together: loads the functions and adds their methods to a Loop."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import cloudpickle

from headrace._runtime import accumulators, coerce, objects
from headrace._runtime.context import ProcessContext, RuntimeContext
from headrace._runtime.native import Loop

__all__ = ["Process", "find_method"]

# enum hr_kind of cgo/python/loop.h
MAP, MAP_DROP, FILTER, FLAT, FLAT_DROP, PROCESS, KEY, REDUCE = range(8)

# kind → what the loop does, and the methods for ports 0 and 1
_KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "map": (MAP, ("map",)),
    "flat_map": (FLAT, ("flat_map",)),
    "filter": (FILTER, ("filter",)),
    "key_by": (KEY, ("get_key",)),
    "reduce": (REDUCE, ("reduce",)),
    "process": (PROCESS, ("process_element",)),
    "keyed_process": (PROCESS, ("process_element",)),
    "operator": (PROCESS, ("process_element",)),
    "keyed_operator": (PROCESS, ("process_element",)),
    "co_map": (MAP_DROP, ("map1", "map2")),
    "co_flat_map": (FLAT_DROP, ("flat_map1", "flat_map2")),
    "co_process": (PROCESS, ("process_element1", "process_element2")),
    "co_operator": (PROCESS, ("process_element1", "process_element2")),
    "broadcast_process": (PROCESS, ("process_element", "process_broadcast_element")),
}
_KINDS |= {
    f"keyed_{kind}": _KINDS[kind]
    for kind in ("co_map", "co_flat_map", "co_process", "co_operator", "broadcast_process")
}

_EVENT, _PROCESSING = 0, 1
_BROADCAST = "broadcast"


def _load(stage: dict[str, Any], pickled: bytes) -> Any:
    if pickled:
        return cloudpickle.loads(pickled)
    module, _, name = stage["path"].rpartition(".")
    found = getattr(importlib.import_module(module), name)
    return found() if inspect.isclass(found) else found


def find_method(function: Any, name: str, kind: str) -> Callable[..., Any]:
    """The method of a function object, or the function itself where it is a plain one."""
    found = getattr(function, name, None)
    if found is None and callable(function):
        found = function
    if found is None:
        raise TypeError(f"{type(function).__name__} cannot be used for {kind}: it has no {name}()")
    return found  # type: ignore[no-any-return]


class Process:
    """The functions of one chain, in a subtask."""

    def __init__(self, loop: Loop, spec: dict[str, Any], pickled: list[bytes]) -> None:
        self._loop = loop
        self._spec = spec
        self._stages: list[dict[str, Any]] = spec["stages"]
        self._functions = [_load(s, p) for s, p in zip(self._stages, pickled, strict=True)]
        self._broadcast: dict[str, dict[Any, Any]] = {}
        self._contexts: list[RuntimeContext] = []
        self._opened: list[Any] = []

    def lists(self) -> list[tuple[str, str]]:
        """Names and modes of the operator states."""
        found = [
            (f"function-{i}", "split")
            for i, function in enumerate(self._functions)
            if hasattr(function, "snapshot_state") and hasattr(function, "restore_state")
        ]
        if "broadcast" in self._stages[0]["kind"]:
            found.append((_BROADCAST, "broadcast"))
        return found

    def ttls(self) -> list[tuple[str, int]]:
        """Names of the keyed states with a time to live, and that, in ms."""
        return [item for context in self._contexts[:1] for item in context._ttls.items()]

    def open(self, restored: dict[str, list[bytes]] | None) -> None:
        """Builds the loop and opens the functions, head first."""
        for raw in (restored or {}).get(_BROADCAST, ()):
            name, key, value = objects.loads(raw)
            self._broadcast.setdefault(name, {})[key] = value
        for i, (stage, function) in enumerate(zip(self._stages, self._functions, strict=True)):
            keyed = i == 0 and bool(self._spec["keyed"])
            runtime = RuntimeContext(self._spec, stage, self._loop, keyed)
            self._contexts.append(runtime)
            context = self._context(i, runtime)
            if restored is not None and hasattr(function, "restore_state"):
                elements = restored.get(f"function-{i}", [])
                function.restore_state([objects.loads(raw) for raw in elements])
            self._opened.append(function)
            if hasattr(function, "open"):
                function.open(runtime)
            runtime._seal()
            self._add(i, stage, function, context)
        for output, info in enumerate(self._spec["outputs"]):
            coercer = coerce.coercer(info)
            if coercer is not None:
                self._loop.coerce(output, coercer)

    def _context(self, i: int, runtime: RuntimeContext) -> ProcessContext:
        context = ProcessContext(self._loop, i)
        context._loop = self._loop
        context._runtime = runtime
        context._broadcast = self._broadcast
        return context

    def _add(self, i: int, stage: dict[str, Any], function: Any, context: ProcessContext) -> None:
        kind = stage["kind"]
        what, names = _KINDS[kind]
        if kind.endswith("operator"):
            methods = [getattr(function, name, None) for name in names]
        else:
            methods = [find_method(function, name, kind) for name in names]
        sides = {side["tag"]: side["output"] for side in stage["sides"]}
        self._loop.add(
            what,
            methods[0],
            methods[1] if len(methods) > 1 else None,
            context,
            sides or None,
            coerce.coercer(stage["key_type"]) if what == KEY else None,
        )
        if what == REDUCE:
            self._loop.reduce("reduce", not self._spec["batch_mode"])
        if i == 0:
            self._timers(kind, function)

    def _timers(self, kind: str, function: Any) -> None:
        loop = self._loop
        if kind.endswith("operator"):
            if hasattr(function, "end_input"):
                loop.on_end(function.end_input)
            if hasattr(function, "on_watermark"):
                loop.on_watermark(function.on_watermark)
            if hasattr(function, "poll"):
                loop.on_poll(function.poll)
            if kind.startswith("keyed"):
                event = getattr(function, "on_event_time", None)
                loop.on_timer(_EVENT, event, "#event-timers")
                processing = getattr(function, "on_processing_time", None)
                loop.on_timer(_PROCESSING, processing, "#processing-timers")
        elif hasattr(function, "on_timer"):
            loop.on_timer(_EVENT, function.on_timer, None)
            loop.on_timer(_PROCESSING, function.on_timer, None)

    def snapshot(self, checkpoint_id: int) -> dict[str, list[bytes]]:
        """The operator states, for the checkpoint of that id."""
        out: dict[str, list[bytes]] = {}
        for name, _ in self.lists():
            if name == _BROADCAST:
                out[name] = [
                    objects.dumps((state, key, value))
                    for state, values in self._broadcast.items()
                    for key, value in values.items()
                ]
            else:
                function = self._functions[int(name.removeprefix("function-"))]
                if hasattr(function, "begin_checkpoint"):
                    function.begin_checkpoint(checkpoint_id)
                out[name] = [objects.dumps(v) for v in function.snapshot_state()]
        return out

    def drain(self) -> list[tuple[str, str, Any]]:
        """The metrics of all functions that changed since the last call."""
        accumulators.ship(at_once=False)
        return [change for context in self._contexts for change in context.registry.drain()]

    def checkpoint_complete(self, checkpoint_id: int) -> None:
        """Tells the functions that want to know."""
        for function in self._functions:
            if hasattr(function, "notify_checkpoint_complete"):
                function.notify_checkpoint_complete(checkpoint_id)

    def close(self) -> None:
        """Closes what was opened, the last first; all are closed, the first error is raised."""
        error: BaseException | None = None
        while self._opened:
            function = self._opened.pop()
            try:
                if hasattr(function, "close"):
                    function.close()
            except BaseException as e:  # the others are to be closed all the same
                error = error or e
        accumulators.ship(at_once=True)
        if error is not None:
            raise error
