"""Data types of the annotations of a function, for functions declared without types."""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import types as pytypes
import typing
from typing import Any

from headrace.table import types as t

_PLAIN: dict[Any, t.DataType] = {
    bool: t.BooleanType(),
    int: t.BigIntType(),
    float: t.DoubleType(),
    str: t.VarCharType(t._MAX),
    bytes: t.VarBinaryType(t._MAX),
    bytearray: t.VarBinaryType(t._MAX),
    decimal.Decimal: t.DecimalType(38, 18),
    datetime.date: t.DateType(),
    datetime.time: t.TimeType(0),
    datetime.datetime: t.TimestampType(6),
    datetime.timedelta: t.DayTimeIntervalType(True),
}
_MANY = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
)


def result_type(function: Any) -> t.DataType | None:
    """The type of what the function returns, as far as its annotations say."""
    return from_hint(_hints(function).get("return"))


def row_types(function: Any) -> list[t.DataType] | None:
    """The column types of a table function annotated Iterator[…]."""
    hint = _hints(function).get("return")
    if typing.get_origin(hint) in _MANY:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is tuple:
        found = [from_hint(a) for a in typing.get_args(hint)]
        return None if None in found else [f for f in found if f is not None]
    single = from_hint(hint)
    return None if single is None else [single]


def from_hint(hint: Any) -> t.DataType | None:
    """The data type of an annotation; a DataType annotates itself; None: it says nothing.

    >>> from_hint(list[int | None]).sql()
    'ARRAY<BIGINT>'
    """
    if isinstance(hint, t.DataType):
        return hint
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, pytypes.UnionType):
        rest = [a for a in args if a is not type(None)]
        return from_hint(rest[0]) if len(rest) == 1 else None
    if origin in (list, set, collections.abc.Sequence) and args:
        element = from_hint(args[0])
        return None if element is None else t.ArrayType(element)
    if origin in (dict, collections.abc.Mapping) and args:
        key, value = from_hint(args[0]), from_hint(args[1])
        return None if key is None or value is None else t.MapType(key, value)
    if origin is tuple and args and Ellipsis not in args:
        fields = [from_hint(a) for a in args]
        if None not in fields:
            return t.RowType([t.RowField(f"f{i}", f) for i, f in enumerate(fields) if f])
    return None


def _hints(function: Any) -> dict[str, Any]:
    target = function if callable(function) and not hasattr(function, "eval") else None
    if target is None:
        target = getattr(function, "eval", None) or getattr(function, "get_value", None)
    try:
        return typing.get_type_hints(target) if target is not None else {}
    except (NameError, TypeError):
        return dict(getattr(target, "__annotations__", {}))
