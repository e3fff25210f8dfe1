"""Pickles and copies of elements and state, for what C does not do itself."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import pickle
import re
import types
import uuid
from typing import Any

from headrace._runtime import pickling

__all__ = ["IMMUTABLE", "copy", "dumps", "loads"]

_PROTOCOL = 5

# types (exactly these) of which no value ever changes
IMMUTABLE: tuple[type, ...] = (
    datetime.date,
    datetime.time,
    datetime.datetime,
    datetime.timedelta,
    datetime.timezone,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    pathlib.PurePosixPath,
    pathlib.PosixPath,
    re.Pattern,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    type(NotImplemented),
    type(Ellipsis),
)


def dumps(value: Any) -> bytes:
    """The pickle of a value; classes go by name where they can be found by it, else by value."""
    try:
        return pickle.dumps(value, _PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError):
        return pickling.dumps(value, _PROTOCOL)


def loads(raw: bytes) -> Any:
    """What dumps() was given."""
    return pickle.loads(raw)


def copy(value: Any) -> Any:
    """A copy as Flink would hand it on: through a pickle."""
    if type(value).__name__ == "Row" and hasattr(value, "set_row_kind"):
        return _copy_row(value)
    return loads(dumps(value))


def _copy_row(row: Any) -> Any:
    from headrace._runtime import native

    made = type(row)(*[native.isolate(v) for v in row._values])
    made._fields = row._fields
    made._row_kind = row._row_kind
    return made
