"""Makes an object what its TypeInfo says, where no typed column does it: keys, and elements of
kinds that have no columnar form."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

__all__ = ["Coercer", "coercer"]

Coercer = Callable[[Any], Any]

_BITS = {"BYTE": 8, "SHORT": 16, "INT": 32, "LONG": 64}


def coercer(info: dict[str, Any] | None) -> Coercer | None:
    """The function for a type; None where any object is fine as it is."""
    if info is None:
        return None
    kind = info["kind"]
    children = [coercer(c) for c in info.get("children", ())]
    if kind in _BITS:
        return _null(_wrap(_BITS[kind]))
    if kind == "BIG_INT":
        return _null(int)
    if kind == "FLOAT":
        return _null(lambda v: struct.unpack("f", struct.pack("f", v))[0])
    if kind == "DOUBLE":
        return _null(float)
    if kind in ("STRING", "CHAR"):
        return _null(str)
    if kind == "BOOLEAN":
        return _null(bool)
    if kind in ("ROW", "ROW_NAMED"):
        return _null(_row(children, info.get("names")))
    if kind == "TUPLE":
        return _null(_tuple(children))
    if kind in ("LIST", "BASIC_ARRAY", "OBJECT_ARRAY", "PRIMITIVE_ARRAY"):
        return _null(_list(children[0]))
    if kind == "MAP":
        return _null(_map(children[0], children[1]))
    return None


def _null(f: Coercer) -> Coercer:
    return lambda v: None if v is None else f(v)


def _wrap(bits: int) -> Coercer:
    half, full = 1 << (bits - 1), 1 << bits
    return lambda v: (int(v) + half) % full - half


def _each(children: list[Coercer | None], values: Any) -> list[Any]:
    if len(values) != len(children):
        raise ValueError(f"{len(values)} values for a type of {len(children)} fields: {values!r}")
    return [v if c is None else c(v) for c, v in zip(children, values, strict=True)]


def _row(children: list[Coercer | None], names: list[str] | None) -> Coercer:
    from headrace.common.types import Row

    def make(value: Any) -> Any:
        row = Row(*_each(children, list(value)))
        if names:
            row.set_field_names(names)
        if isinstance(value, Row):
            row.set_row_kind(value.get_row_kind())
        return row

    return make


def _tuple(children: list[Coercer | None]) -> Coercer:
    return lambda v: tuple(_each(children, v))


def _list(child: Coercer | None) -> Coercer:
    return lambda v: list(v) if child is None else [child(x) for x in v]


def _map(key: Coercer | None, value: Coercer | None) -> Coercer:
    def make(v: Any) -> dict[Any, Any]:
        return {
            (k if key is None else key(k)): (x if value is None else value(x)) for k, x in v.items()
        }

    return make
