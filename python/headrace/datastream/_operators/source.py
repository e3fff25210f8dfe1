"""Bounded sources written in Python, as an operator that reads the splits it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headrace.datastream._operators.host import OperatorContext

if TYPE_CHECKING:
    from headrace.datastream.connectors.base import Source


class SourceOperator:
    """Reads each split to its end; the splits themselves come from a collection."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def open(self, runtime_context: Any) -> None:
        """Makes the reader."""
        self._reader = self._source.create_reader(runtime_context)

    def close(self) -> None:
        """Closes the reader."""
        if hasattr(self, "_reader"):
            self._reader.close()

    def process_element(self, split: Any, ctx: OperatorContext) -> Iterator[Any]:
        """The elements of a split."""
        for element, _ in self._reader.read(split, None):
            yield element
