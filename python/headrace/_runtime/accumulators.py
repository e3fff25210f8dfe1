"""The accumulators of the jobs of this process.

Functions and the program that reads their accumulators meet here: a job is known by a token that
the program puts into its configuration, a subtask by its operator's id and its number. A new
attempt of a subtask begins with nothing. A worker process sends what its functions have
accumulated to the job's process, now and then and when a task closes.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.common.accumulators import (
        Accumulator,
        DoubleCounter,
        Histogram,
        IntCounter,
        LongCounter,
    )

__all__ = ["TOKEN", "Accumulators", "Holder", "absorb", "drop", "merged", "of", "send_to", "ship"]

TOKEN = "$internal.accumulators"

_Subtask = tuple[str, int]

_SHIP_SECONDS = 0.5

_lock = threading.Lock()
_send: Callable[[bytes], None] | None = None
_next_shipment = 0.0
_jobs: dict[str, dict[_Subtask, Accumulators]] = {}


class Accumulators:
    """Those of one function in one subtask, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Accumulator[Any, Any]] = {}

    def add(self, name: str, accumulator: Accumulator[Any, Any]) -> None:
        """Makes an accumulator known."""
        if name in self.by_name:
            raise ValueError(
                f"The accumulator '{name}' already exists and cannot be added: take it with "
                f"get_accumulator('{name}')"
            )
        self.by_name[name] = accumulator

    def get(self, name: str, class_name: str) -> Any:
        """The accumulator of that name, a new one where there is none."""
        kind = _class(class_name)
        found = self.by_name.get(name)
        if found is None:
            found = self.by_name[name] = kind()
        elif not isinstance(found, kind):
            raise TypeError(
                f"The accumulator '{name}' is a {type(found).__name__}, not a {class_name}"
            )
        return found


class Holder:
    """The methods of a runtime context that have to do with accumulators."""

    def __init__(self, accumulators: Accumulators) -> None:
        self._accumulators = accumulators

    def add_accumulator(self, name: str, accumulator: Accumulator[Any, Any]) -> None:
        """Adds an accumulator, which is merged over the subtasks when it is read."""
        if not isinstance(accumulator, _class("Accumulator")):
            raise TypeError(
                f"add_accumulator('{name}') takes an accumulator, such as IntCounter(), not "
                f"{accumulator!r}"
            )
        self._accumulators.add(name, accumulator)

    def get_accumulator(self, name: str) -> Accumulator[Any, Any] | None:
        """This function's accumulator of that name."""
        return self._accumulators.by_name.get(name)

    def get_int_counter(self, name: str) -> IntCounter:
        """The IntCounter of that name, a new one where there is none."""
        return self._accumulators.get(name, "IntCounter")  # type: ignore[no-any-return]

    def get_long_counter(self, name: str) -> LongCounter:
        """The LongCounter of that name, a new one where there is none."""
        return self._accumulators.get(name, "LongCounter")  # type: ignore[no-any-return]

    def get_double_counter(self, name: str) -> DoubleCounter:
        """The DoubleCounter of that name, a new one where there is none."""
        return self._accumulators.get(name, "DoubleCounter")  # type: ignore[no-any-return]

    def get_histogram(self, name: str) -> Histogram:
        """The Histogram of that name, a new one where there is none."""
        return self._accumulators.get(name, "Histogram")  # type: ignore[no-any-return]


def _class(name: str) -> type:
    # the runtime is loaded by interpreters that may lack what headrace.common asks for
    found: type = getattr(importlib.import_module("headrace.common.accumulators"), name)
    return found


def of(spec: dict[str, Any], stage: dict[str, Any]) -> Accumulators:
    """Empty accumulators of the subtask's present attempt; those of earlier ones are forgotten."""
    token = spec["config"].get(TOKEN)
    mine = Accumulators()
    if token is not None:
        with _lock:
            subtask = (str(stage.get("operator", "")), int(spec["subtask"]))
            _jobs.setdefault(token, {})[subtask] = mine
    return mine


def merged(token: str) -> dict[str, Accumulator[Any, Any]]:
    """The accumulators of a job, by name, each merged over all subtasks; they are copies."""
    with _lock:
        subtasks = sorted(_jobs.get(token, {}).items())
    out: dict[str, Accumulator[Any, Any]] = {}
    for _, accumulators in subtasks:
        for name, accumulator in list(accumulators.by_name.items()):
            have = out.get(name)
            if have is None:
                out[name] = accumulator.clone()
            elif type(have) is type(accumulator):
                have.merge(accumulator)
            else:
                raise TypeError(
                    f"The accumulator '{name}' was created with two different types: "
                    f"{type(have).__name__} and {type(accumulator).__name__}"
                )
    return out


def drop(token: str) -> None:
    """Forgets a job."""
    with _lock:
        _jobs.pop(token, None)


def send_to(send: Callable[[bytes], None]) -> None:
    """Makes this process one that sends its accumulators away."""
    global _send
    _send = send


def ship(at_once: bool) -> None:
    """Sends all accumulators, unless they have been sent a moment ago."""
    global _next_shipment
    now = time.monotonic()
    if _send is None or (now < _next_shipment and not at_once):
        return
    _next_shipment = now + _SHIP_SECONDS
    with _lock:
        found = [
            (token, subtask, accumulators.by_name)
            for token, subtasks in _jobs.items()
            for subtask, accumulators in subtasks.items()
            if accumulators.by_name
        ]
    if found:
        from headrace._runtime import objects  # brings cloudpickle, which keys do without

        _send(objects.dumps(found))


def absorb(raw: bytes) -> None:
    """Takes what a worker process has sent."""
    from headrace._runtime import objects

    for token, subtask, by_name in objects.loads(raw):
        accumulators = Accumulators()
        accumulators.by_name = by_name
        with _lock:
            _jobs.setdefault(token, {})[subtask] = accumulators
