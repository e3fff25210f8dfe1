"""Expressions over the columns of a table.

>>> from headrace.table.expressions import col, lit
>>> str((col("a") + 1) > col("b").char_length)
'greaterThan(plus(a, 1), charLength(b))'
"""

from __future__ import annotations

from types import GenericAlias
from typing import Any, ClassVar

from headrace.table import _json
from headrace.table._expr.aggregates import Aggregates
from headrace.table._expr.bitmaps import Bitmaps
from headrace.table._expr.collections import Collections
from headrace.table._expr.documents import Documents
from headrace.table._expr.numbers import Numbers
from headrace.table._expr.operators import Conditions, Operators
from headrace.table._expr.texts import Texts
from headrace.table._expr.times import Times
from headrace.table._expr.units import (
    JsonExistsOnError,
    JsonOnNull,
    JsonQueryOnEmptyOrError,
    JsonQueryWrapper,
    JsonType,
    JsonValueOnEmptyOrError,
    TimeIntervalUnit,
    TimePointUnit,
)

__all__ = [
    "Expression",
    "JsonExistsOnError",
    "JsonOnNull",
    "JsonQueryOnEmptyOrError",
    "JsonQueryWrapper",
    "JsonType",
    "JsonValueOnEmptyOrError",
    "TimeIntervalUnit",
    "TimePointUnit",
]


class Expression(
    Operators,
    Conditions,
    Aggregates,
    Numbers,
    Texts,
    Times,
    Collections,
    Documents,
    Bitmaps,
):
    """A value to be computed for each row or group.

    An attribute that is no method is a field of a row: col("address").city.
    """

    # "Expression[int]" in annotations of programs written for PyFlink, where the class is generic.
    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    def __init__(self, json: _json.Json) -> None:
        self._json = json

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("_"):
            raise AttributeError(f"Expression has no attribute {name!r}")
        return self.get(name)

    def __getitem__(self, index: Any) -> Expression:
        return self.at(index)

    def __str__(self) -> str:
        return _json.shown(self._json)

    def __repr__(self) -> str:
        return f"<Expression {self}>"
