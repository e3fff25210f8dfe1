"""The Cartesian product of two bounded streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headrace.datastream._operators.adapter import Adapter, method
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.partition import AtBothEnds
from headrace.datastream._operators.spill import Memory, Rows


class Cross(AtBothEnds, Adapter):
    """Keeps both inputs, spilled where they are large, and pairs them once both have ended.

    Blocks of the first input that fit the memory each go past the whole second one.
    """

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._restored: list[Any] = []

    def open(self, runtime_context: Any) -> None:
        """Opens the function."""
        super().open(runtime_context)
        memory = Memory.of(runtime_context)
        half = memory.limit_bytes // 2
        self._rows = (Rows(half, memory.folder), Rows(half, memory.folder))
        restored, self._restored = self._restored, []
        for side, row in restored:
            self._rows[side].append(row)

    def close(self) -> None:
        """Closes the function and deletes what was spilled."""
        for rows in getattr(self, "_rows", ()):
            rows.close()
        super().close()

    def process_element1(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps an element of the first input."""
        self._rows[0].append(value)

    def process_element2(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps an element of the second input."""
        self._rows[1].append(value)

    def _results(self, ctx: OperatorContext) -> Iterator[Any]:
        first, second = self._rows
        cross = method(self._function, "cross")
        for block in first.blocks():
            for right in second:
                for left in block:
                    yield cross(left, right)
        second.close()

    def snapshot_state(self) -> list[Any]:
        """The elements so far."""
        return [(side, row) for side in (0, 1) for row in self._rows[side]]

    def restore_state(self, state: list[Any]) -> None:
        """Takes the elements back, once open() has been called."""
        self._restored.extend(state)
