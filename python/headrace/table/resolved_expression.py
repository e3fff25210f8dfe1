"""Expressions whose type is known."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.table import _json
from headrace.table.expression import Expression
from headrace.table.types import DataType

__all__ = ["ResolvedExpression"]


class ResolvedExpression(Expression):
    """An expression of a schema, with its type."""

    def __init__(
        self, json: _json.Json, data_type: DataType, children: Sequence[ResolvedExpression] = ()
    ) -> None:
        super().__init__(json)
        self._type = data_type
        self._children = list(children)

    def get_output_data_type(self) -> DataType:
        """The type."""
        return self._type

    def get_resolved_children(self) -> list[ResolvedExpression]:
        """The arguments."""
        return list(self._children)

    def as_serializable_string(self) -> str:
        """The expression in SQL."""
        return str(self._json.get("sql") or _json.shown(self._json))

    def as_summary_string(self) -> str:
        """The expression for people."""
        return _json.shown(self._json)
