"""Event times, watermarks and targets of rows, a batch at a time.

A timestamp assigner is ``extract_timestamp(value, record_timestamp)`` or a callable of the same
form; a watermark generator has ``on_event(value, timestamp, output)`` and
``on_periodic_emit(output)``, which call ``output.emit_watermark(w)`` (an int, or an object with
``timestamp``) and perhaps ``mark_idle()``, ``mark_active()``. A partitioner is
``partition(key, n)`` or a callable.
"""

from __future__ import annotations

import array
from typing import Any

from headrace._runtime import pickling
from headrace._runtime.process import find_method

__all__ = ["Output", "Partitioner", "Times"]


class Output:
    """Takes what a watermark generator emits."""

    def __init__(self) -> None:
        self.watermark: int | None = None

    def emit_watermark(self, watermark: Any) -> None:
        value = int(getattr(watermark, "timestamp", watermark))
        if self.watermark is None or value > self.watermark:
            self.watermark = value

    def mark_idle(self) -> None:
        """Idleness is seen by the engine itself."""

    def mark_active(self) -> None:
        """See mark_idle()."""

    def take(self) -> int | None:
        value, self.watermark = self.watermark, None
        return value


class Times:
    """An assigner and a generator; either pickle may be empty."""

    def __init__(self, assigner: bytes, generator: bytes) -> None:
        self._output = Output()
        self._extract: Any = None
        self._generator: Any = None
        if assigner:
            self._extract = find_method(
                pickling.loads(assigner), "extract_timestamp", "a timestamp assigner"
            )
        if generator:
            made = pickling.loads(generator)  # the generator, or what makes one
            whole = hasattr(made, "on_event") and not isinstance(made, type)
            self._generator = made if whole else made()

    def assign(self, values: list[Any], raw: bytes) -> tuple[bytes, list[tuple[int, int]]]:
        """The times as int64 in native order, and (row, watermark) pairs."""
        times = array.array("q", raw)
        if self._extract is not None:
            times = array.array("q", map(self._extract, values, times))
        marks: list[tuple[int, int]] = []
        if self._generator is not None:
            for row, (value, time) in enumerate(zip(values, times, strict=True)):
                self._generator.on_event(value, time, self._output)
                watermark = self._output.take()
                if watermark is not None:
                    marks.append((row + 1, watermark))
        return times.tobytes(), marks

    def periodic(self) -> int | None:
        """The watermark that the generator emits now."""
        if self._generator is not None:
            self._generator.on_periodic_emit(self._output)
        return self._output.take()


class Partitioner:
    """A partitioner and the key selector in front of it, whose pickle may be empty."""

    def __init__(self, partitioner: bytes, selector: bytes) -> None:
        self._partition = find_method(pickling.loads(partitioner), "partition", "a partitioner")
        self._select: Any = None
        if selector:
            self._select = find_method(pickling.loads(selector), "get_key", "a key selector")

    def partition(self, values: list[Any], n: int) -> bytes:
        """The target of each value as int32 in native order."""
        keys = values if self._select is None else map(self._select, values)
        targets = array.array("i", (self._partition(key, n) for key in keys))
        for target in targets:
            if not 0 <= target < n:
                raise ValueError(f"the partitioner returned {target}, not a number in [0, {n})")
        return targets.tobytes()
