"""A single operator under test: push elements, move time, look at what comes out."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from headrace._runtime import pickling
from headrace.datastream.data_stream import DataStream
from headrace.testing._host import MAX_TIME, MIN_TIME, Host
from headrace.testing.clock import ManualClock


class Emitted(NamedTuple):
    """An element that came out, its event time and, of a side output, its tag."""

    value: Any
    timestamp: int
    tag: str | None = None


class OperatorHarness:
    """Runs the operator that a stream ends with, in memory and under a clock of its own.

    Functions are pickled and loaded as in a job. Event times and the clock are milliseconds.
    """

    def __init__(
        self,
        stream: DataStream[Any],
        *,
        subtask: int = 0,
        parallelism: int = 1,
        batch: bool = False,
        clock: ManualClock | None = None,
    ) -> None:
        node = stream._node
        python = node.op.get("python")
        if python is None:
            raise TypeError(f"{node.name} is no operator with a Python function")
        self._kind: str = python["kind"]
        self._pickled = base64.b64decode(python["function"]["pickled"])
        self._selectors = [_selector(port) for port in node.inputs]
        self._subtask, self._parallelism, self._batch = subtask, parallelism, batch
        self._out: list[Emitted] = []
        self._host = self._new_host()
        self._closed = False
        if clock is not None:
            clock.attach(self)

    def _new_host(self, restored: bytes | None = None) -> Host:
        return Host(
            self._kind,
            pickling.loads(self._pickled),
            self._emitted,
            subtask=self._subtask,
            parallelism=self._parallelism,
            batch=self._batch,
            restored=restored,
        )

    def _emitted(self, tag: str | None, value: Any, timestamp: int) -> None:
        self._out.append(Emitted(value, timestamp, tag))

    def push(self, value: Any, timestamp: int = MIN_TIME, port: int = 0) -> None:
        """Feeds an element; the key is read as the stream's key_by says."""
        selector = self._selectors[port]
        self._host.push(value, timestamp, port, selector(value) if selector else None)

    def advance_watermark(self, watermark: int) -> None:
        """Moves event time on; timers fire in order."""
        self._host.advance_watermark(watermark)

    def advance_processing_time(self, now: int) -> None:
        """Moves the clock on; timers fire in order."""
        self._host.advance_processing_time(now)

    def end_input(self) -> None:
        """Ends all inputs: the last watermark, then the end."""
        self._host.advance_watermark(MAX_TIME)
        for port in range(len(self._selectors)):
            self._host.end_input(port)

    def take(self, tag: str | None = None) -> list[Any]:
        """The elements that came out since the last call, of the main or of a side output."""
        return [emitted.value for emitted in self.take_emitted() if emitted.tag == tag]

    def take_emitted(self) -> list[Emitted]:
        """The same with times and tags."""
        out, self._out = self._out, []
        return out

    def snapshot(self) -> bytes:
        """State and timers, as a checkpoint has them."""
        return self._host.snapshot()

    def complete_checkpoint(self, checkpoint: int) -> None:
        """Says that a snapshot, the first being 1, is part of a checkpoint that is complete."""
        self._host.complete_checkpoint(checkpoint)

    def restore(self, snapshot: bytes) -> None:
        """Begins anew, with a fresh copy of the function and this state."""
        now = self._host.now
        self._host.close()
        self._host = self._new_host(snapshot)
        self._host.advance_processing_time(now)

    def state_size(self) -> int:
        """How many values are in keyed state, over all keys and windows."""
        return len(self._host.store.values)

    def accumulators(self) -> dict[str, Any]:
        """The present values of the function's accumulators."""
        found = self._host.accumulators
        return {name: found[name].get_local_value() for name in sorted(found)}

    def close(self) -> None:
        """Closes the function, once."""
        if not self._closed:
            self._closed = True
            self._host.close()

    def __enter__(self) -> OperatorHarness:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _selector(port: list[Any]) -> Any:
    pickled = port[0].key_selector if port and port[0].partition == "hash" else None
    if pickled is None:
        return None
    selector = pickling.loads(pickled.pickled)
    return getattr(selector, "get_key", selector)
