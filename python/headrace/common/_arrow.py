"""Python values as Arrow arrays, without what pyarrow drags in for them.

``pyarrow.array`` imports pandas on its first call wherever pandas is installed, to learn whether
its argument is a Series: half a second and 60 MB in a program that never asks for pandas.
"""

from __future__ import annotations

import contextlib
import math
import struct
from array import array as machine_array
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["shortest_float", "to_array"]

_CODES = {"int8": "b", "int16": "h", "int32": "i", "int64": "q", "double": "d"}
_LARGEST = 2**31 - 1  # bytes in a column of texts
_NONE = type(None)


def to_array(values: Sequence[Any], column: pa.DataType) -> pa.Array:
    """The values as an array of the type; what it raises is what ``pyarrow.array`` raises.

    Columns of plain numbers, booleans and texts are laid out here, all others by pyarrow.
    """
    import pyarrow as pa

    try:
        made = _plain(values, column)
    except (OverflowError, UnicodeEncodeError):
        made = None  # pyarrow says it better
    return pa.array(values, column) if made is None else made


def _plain(values: Sequence[Any], column: pa.DataType) -> pa.Array | None:
    kind, found = str(column), {type(v) for v in values}
    has_nulls = _NONE in found
    found.discard(_NONE)
    if kind in _CODES and found <= ({int, float} if kind == "double" else {int}):
        filled = [0 if v is None else v for v in values] if has_nulls else values
        return _of(values, column, has_nulls, machine_array(_CODES[kind], filled))
    if kind == "bool" and found <= {bool}:
        return _of(values, column, has_nulls, _bits([bool(v) for v in values]))
    if kind == "string" and found <= {str}:
        texts = [b"" if v is None else v.encode() for v in values]
        ends = list(accumulate(map(len, texts), initial=0))
        if ends[-1] <= _LARGEST:
            return _of(values, column, has_nulls, machine_array("i", ends), b"".join(texts))
    return None


def _of(values: Sequence[Any], column: pa.DataType, has_nulls: bool, *data: Any) -> pa.Array:
    import pyarrow as pa

    valid = pa.py_buffer(_bits([v is not None for v in values])) if has_nulls else None
    return pa.Array.from_buffers(column, len(values), [valid, *map(pa.py_buffer, data)])


def _bits(flags: list[bool]) -> bytes:
    """One bit a flag, the first one lowest."""
    number = int("".join("1" if f else "0" for f in reversed(flags)) or "0", 2)
    return number.to_bytes((len(flags) + 7) // 8, "little")


def shortest_float(value: float | None) -> float | None:
    """The shortest decimal of a 32-bit float, as PyFlink hands it to a program: 0.1 is 0.1."""
    if value is None or not math.isfinite(value):
        return value
    packed = struct.pack("f", value)
    for digits in range(2, 9):
        short = float(f"{value:.{digits}g}")
        with contextlib.suppress(OverflowError):
            if struct.pack("f", short) == packed:
                return short
    return float(f"{value:.9g}")
