"""Values as SQL's CAST to STRING writes them, for printing."""

from __future__ import annotations

import datetime
import math
from typing import Any

from headrace.table import types as t


def cell(value: Any, data_type: t.DataType, zone: str) -> str:
    """A value that is not None as text.

    >>> cell([1, None], t.ArrayType(t.IntType()), "UTC")
    '[1, NULL]'
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return java_double(value, isinstance(data_type, t.FloatType))
    if isinstance(data_type, t.DecimalType):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return _seconds(value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds"),
                        data_type)
    if isinstance(value, datetime.time):
        return _seconds(value.isoformat(timespec="microseconds"), data_type)
    if isinstance(value, datetime.timedelta):
        return _span(value)
    if isinstance(data_type, t.YearMonthIntervalType):
        sign = "-" if value < 0 else "+"
        return f"{sign}{abs(value) // 12}-{abs(value) % 12:02d}"
    if isinstance(value, (bytes, bytearray)):
        return f"x'{bytes(value).hex()}'"
    return _nested(value, data_type, zone)


def _nested(value: Any, data_type: t.DataType, zone: str) -> str:
    def item(v: Any, k: t.DataType) -> str:
        return "NULL" if v is None else cell(v, k, zone)

    if isinstance(data_type, t.ArrayType):
        return "[" + ", ".join(item(v, data_type.element_type) for v in value) + "]"
    if isinstance(data_type, t.MapType):
        key, kind = data_type.key_type, data_type.value_type
        return "{" + ", ".join(f"{item(k, key)}={item(v, kind)}" for k, v in value.items()) + "}"
    if isinstance(data_type, t.MultisetType):
        kind = data_type.element_type
        return "{" + ", ".join(f"{item(k, kind)}={v}" for k, v in value.items()) + "}"
    if isinstance(data_type, t.RowType):
        kinds = data_type.field_types()
        return "(" + ", ".join(item(v, k) for v, k in zip(value, kinds, strict=True)) + ")"
    return str(value)


def _seconds(text: str, data_type: t.DataType) -> str:
    """The time with as many digits behind the second as its type has."""
    whole, fraction = text.split(".")
    precision = int(getattr(data_type, "precision", 0))
    return whole if precision == 0 else f"{whole}.{fraction.ljust(9, '0')[:precision]}"


def _span(value: datetime.timedelta) -> str:
    ms = value // datetime.timedelta(milliseconds=1)
    sign, ms = ("-", -ms) if ms < 0 else ("+", ms)
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{sign}{days} {hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"


def java_double(value: float, single: bool = False) -> str:
    """A floating-point number, of 32 bits where single, in Java's notation."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    digits = _shortest_single(value) if single else repr(value)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return digits if "e" not in digits and "." in digits else f"{float(digits):.1f}"
    mantissa, _, exponent = digits.partition("e")
    return _scientific(mantissa, int(exponent or 0))


def _shortest_single(value: float) -> str:
    import struct

    packed = struct.pack("f", value)
    for places in range(1, 10):
        text = f"{value:.{places}g}"
        if struct.pack("f", float(text)) == packed:
            return repr(float(text))
    return repr(value)


def _scientific(mantissa: str, exponent: int) -> str:
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    shift = len(whole) - 1 if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0"))) - 1
    digits = digits.rstrip("0") or "0"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent + shift}"
