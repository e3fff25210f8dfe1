"""Sources written in Python whose elements are the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headrace.common.types import Row
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.source import SourceOperator


class TableSourceOperator(SourceOperator):
    """Gives each element the form of a row."""

    def process_element(self, command: Any, ctx: OperatorContext) -> Iterator[Any]:
        """As SourceOperator does."""
        for element in super().process_element(command, ctx):
            yield element if isinstance(element, Row) else _row(element)


def _row(element: Any) -> Any:
    if isinstance(element, dict):
        return Row(**element)
    if element is None or isinstance(element, tuple):
        return element
    return tuple(element) if isinstance(element, list) else (element,)
