"""Rolling sum, min, max, min_by and max_by, as functions for the reduce operator."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from headrace.common.typeinfo import RowTypeInfo, TupleTypeInfo, TypeInformation
from headrace.common.types import Row


class Aggregation:
    """One aggregation of a field: by position, by name, or of a basic value as a whole.

    >>> Aggregation("sum", 1)(("a", 1), ("a", 2))
    ('a', 3)
    >>> Aggregation("min_by", 1)(("a", 1, "x"), ("a", 1, "y"))
    ('a', 1, 'x')
    """

    def __init__(self, kind: str, position: int | str) -> None:
        self.kind = kind
        self.position = position
        self._pick: Callable[[Any, Any], bool] = operator.lt if "min" in kind else operator.gt
        self._whole = kind.endswith("_by")

    def __call__(self, first: Any, second: Any) -> Any:
        if type(first) is tuple and type(self.position) is int and not self._whole:
            fields = list(first)  # the common case, apart for speed
            try:
                old, new = fields[self.position], second[self.position]
            except IndexError:
                self._resolved(first)
                raise
            if self.kind == "sum":
                fields[self.position] = old + new
            elif self._pick(new, old):
                fields[self.position] = new
            return tuple(fields)
        if not isinstance(first, (tuple, list, Row)):
            self._check_basic(first)
            return self._joined(first, second)
        position = self._resolved(first)
        old, new = first[position], second[position]
        if self._whole:
            return second if self._pick(new, old) else first
        return _replaced(first, position, self._joined(old, new))

    reduce = __call__

    def _joined(self, old: Any, new: Any) -> Any:
        if self.kind == "sum":
            return old + new
        return new if self._pick(new, old) else old

    def _check_basic(self, value: Any) -> None:
        if self.position != 0:
            raise ValueError(
                f"{self.kind}({self.position!r}) on {type(value).__name__} values: 1 field "
                "selected on a basic type. A basic value has position 0 only"
            )

    def _resolved(self, value: tuple[Any, ...] | list[Any] | Row) -> int:
        position = self.position
        if isinstance(position, int):
            if -len(value) <= position < len(value):
                return position % len(value)
            raise IndexError(f"{self.kind}({position}): {value!r} has {len(value)} fields")
        if isinstance(position, str) and isinstance(value, Row):
            return value._index(position)
        if isinstance(position, str) and hasattr(value, "_fields"):
            fields: tuple[str, ...] = value._fields
            return fields.index(position)
        raise TypeError(
            "The field position must be of int or str type to locate the value to "
            f"{self.kind}; a str needs Rows with names. Got {position!r} for {value!r}"
        )


def folding(kind: str, position: int | str, elements: TypeInformation) -> dict[str, str]:
    """The options by which the engine does an aggregation by columns, where the types allow it.

    >>> from headrace.common import Types
    >>> folding("sum", 1, Types.TUPLE([Types.STRING(), Types.LONG()]))
    {'fold': 'sum', 'field': '1'}
    """
    if kind.endswith("_by"):
        return {}
    if not isinstance(elements, (RowTypeInfo, TupleTypeInfo)):
        return {"fold": kind, "field": "-1"} if position == 0 else {}
    count = len(elements.get_field_types())
    if isinstance(position, str):
        names = elements.get_field_names() if isinstance(elements, RowTypeInfo) else []
        return {"fold": kind, "field": str(names.index(position))} if position in names else {}
    if not -count <= position < count:
        return {}
    return {"fold": kind, "field": str(position % count)}


def _replaced(value: Any, position: int, field: Any) -> Any:
    """A copy of the element with one field changed."""
    if isinstance(value, Row):
        values = list(value)
        values[position] = field
        row = Row(*values)
        row._fields, row._row_kind = value._fields, value._row_kind
        return row
    if isinstance(value, list):
        return [*value[:position], field, *value[position + 1 :]]
    if hasattr(value, "_replace"):
        return value._replace(**{value._fields[position]: field})
    return (*value[:position], field, *value[position + 1 :])
