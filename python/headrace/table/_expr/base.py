"""What an expression is: a planpb.Expr in JSON with where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.datastream._origin import origin
from headrace.table import _json
from headrace.table._json import Json

if TYPE_CHECKING:
    from headrace.table.expression import Expression


class Base:
    """An expression; the subclasses that name functions all build on ``_call``."""

    _json: Json

    def _call(self, name: str, *args: Any) -> Expression:
        """A call with this expression as its first argument; None is NULL."""
        return make(_json.call(name, self._json, *map(json_of, args)))

    def _cast(self, data_type: Any) -> Expression:
        return make(_json.cast(self._json, data_type))


def given(*args: Any) -> list[Any]:
    """Optional arguments without those that were left out."""
    return [a for a in args if a is not None]


def make(json: Json) -> Expression:
    """An Expression, which remembers the user's line."""
    from headrace.table.expression import Expression

    place = origin()
    if place:
        json = {**json, "origin": place}
    return Expression(json)


def json_of(value: Any) -> Json:
    """The planpb.Expr of an expression, a literal, a unit (an enum) or a table."""
    if isinstance(value, Base):
        return value._json
    unit = getattr(value, "_sql", None)
    if isinstance(unit, str):
        return _json.symbol(unit, str(getattr(value, "name", "")))
    rel = getattr(value, "_rel", None)
    if rel is not None:
        return {"subquery": rel}
    return _json.literal(value)


def select_json(value: Any) -> Json:
    """As json_of, but a string is a column's name, or "*"."""
    if isinstance(value, str):
        return {"star": True} if value == "*" else _json.column(value)
    return json_of(value)
