"""Sources written in Python, as an operator that the engine asks for elements.

A pair (number of a split, position) is a split to read; a number asks for at most so many
elements. The state is such pairs, of the splits that are not read to their ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headrace.datastream._operators.host import OperatorContext

if TYPE_CHECKING:
    from headrace.datastream.connectors.base import Source


class SourceOperator:
    """Reads the splits that it is given, one after the other."""

    def __init__(self, source: Source, splits: list[Any]) -> None:
        self._source = source
        self._splits = splits
        self._positions: dict[int, Any] = {}
        self._readings: dict[int, Iterator[Any]] = {}

    def open(self, runtime_context: Any) -> None:
        """Makes the reader."""
        self._reader = self._source.create_reader(runtime_context)

    def close(self) -> None:
        """Closes the reader."""
        if hasattr(self, "_reader"):
            self._reader.close()

    def process_element(self, command: Any, ctx: OperatorContext) -> Iterator[Any]:
        """Takes a split, or gives elements: fewer when no split has more now."""
        if isinstance(command, tuple):
            split, position = command
            self._positions[split] = position
            return
        self._reader.processing_time = ctx.current_processing_time()
        left, empty = command, 0
        while left > 0 and empty < len(self._positions):
            split = next(iter(self._positions))
            found = next(self._reading(split), _END)
            if found is _END:
                del self._positions[split], self._readings[split]
            elif found is None:  # nothing now: the others have their turn
                self._positions[split] = self._positions.pop(split)
                empty += 1
            else:
                element, self._positions[split] = found
                left, empty = left - 1, 0
                yield element

    def _reading(self, split: int) -> Iterator[Any]:
        if split not in self._readings:
            elements = self._reader.read(self._splits[split], self._positions[split])
            self._readings[split] = iter(elements)
        return self._readings[split]

    def snapshot_state(self) -> list[Any]:
        """The splits left, with their positions."""
        return list(self._positions.items())

    def restore_state(self, state: list[Any]) -> None:
        """Takes them back."""
        self._positions.update(state)


_END: Any = object()
