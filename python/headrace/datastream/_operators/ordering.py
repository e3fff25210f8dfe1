"""The order of sort keys: None first, then NaN last among numbers, other types by their names."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from headrace.common.types import Row


def sort_key(value: Any) -> Any:
    """A key that any two values can be compared by.

    >>> sorted([2, None, float("nan"), 1.5], key=sort_key)
    [None, 1.5, 2, nan]
    >>> sorted([(1, None), (1, "a"), (0, "b")], key=sort_key)
    [(0, 'b'), (1, None), (1, 'a')]
    """
    if value is None:
        return (0,)
    if isinstance(value, (int, float, decimal.Decimal)):
        nan = bool(value != value)  # math.isnan has no answer for an int beyond all floats
        return (1, nan, 0 if nan else value)
    if isinstance(value, str):
        return (2, value)
    if isinstance(value, (bytes, bytearray)):
        return (3, bytes(value))
    if isinstance(value, (tuple, list, Row)):
        return (4, tuple(sort_key(item) for item in value))
    if isinstance(value, (datetime.date, datetime.time)):
        return (5, type(value).__name__, value)
    return (6, type(value).__name__, value)
