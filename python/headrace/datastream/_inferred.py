"""Type information of Python's own types, and of what functions are annotated to return."""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import types
import typing
from collections.abc import Callable
from typing import Any

from headrace.common.time import Instant
from headrace.common.typeinfo import TypeInformation, Types

SETTING = "python.infer-types"

_SIMPLE: dict[Any, Callable[[], TypeInformation]] = {
    bool: Types.BOOLEAN,
    int: Types.LONG,
    float: Types.DOUBLE,
    str: Types.STRING,
    bytes: lambda: Types.PRIMITIVE_ARRAY(Types.BYTE()),
    decimal.Decimal: Types.BIG_DEC,
    datetime.date: Types.SQL_DATE,
    datetime.time: Types.SQL_TIME,
    datetime.datetime: Types.SQL_TIMESTAMP,
    Instant: Types.INSTANT,
}
_MANY = (
    collections.abc.Iterable,
    collections.abc.Iterator,
    collections.abc.Generator,
    collections.abc.Sequence,
    collections.abc.Collection,
    list,
    tuple,
    set,
)


def type_of(annotation: Any) -> TypeInformation | None:
    """The type information that a Python type stands for, None where there is none.

    >>> type_of(int), type_of(list[str]), type_of(tuple[str, float | None])
    (Long, ListTypeInfo(String), TupleTypeInfo(String, Double))
    >>> type_of(object) is None
    True
    """
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]()
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        known = [argument for argument in arguments if argument is not type(None)]
        return type_of(known[0]) if len(known) == 1 else None
    children = [type_of(argument) for argument in arguments if argument is not ...]
    if None in children or not children:
        return None
    found = [child for child in children if child is not None]
    if origin in (list, collections.abc.Sequence) and len(found) == 1:
        return Types.LIST(found[0])
    if origin is dict:
        return Types.MAP(found[0], found[1])
    if origin is tuple and ... not in arguments:
        return Types.TUPLE(found)
    return None


def result_of(function: Any, method: str, many: bool) -> TypeInformation | None:
    """The type of the elements that a function is annotated to return.

    many: the annotation is of an iterable of them.
    """
    call = getattr(function, method, None) or function
    if not isinstance(call, (types.FunctionType, types.MethodType)):
        call = getattr(call, "__call__", call)  # noqa: B004
    try:
        annotation = typing.get_type_hints(call).get("return")
    except (NameError, TypeError, AttributeError):  # names that are there for type checkers only
        return None
    if many:
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin not in _MANY or not arguments or (origin is tuple and arguments[1:] != (...,)):
            return None
        annotation = arguments[0]
    return None if annotation is None else type_of(annotation)
