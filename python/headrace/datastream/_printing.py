"""Elements as text: what print() and text files show.

Typed values have the form that Java gives them, untyped ones Python's str().
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from headrace.common.typeinfo import RowTypeInfo, TypeInformation
from headrace.common.types import Row


class PrintText:
    """The text that print() shows of an element; a Row's fields are in Python's form.

    >>> from headrace.common import Types
    >>> PrintText(Types.TUPLE([Types.DOUBLE(), Types.STRING()]))((1e10, "a"))
    '(1.0E10,a)'
    >>> PrintText(Types.ROW([Types.INT(), Types.BOOLEAN()]))(Row(1, False))
    '+I[1,False]'
    >>> PrintText(Types.PICKLED_BYTE_ARRAY())((1, "a"))
    "(1, 'a')"
    """

    def __init__(self, type_info: TypeInformation) -> None:
        self._type_info = type_info
        self._row = isinstance(type_info, RowTypeInfo)

    def __call__(self, value: Any) -> str:
        if self._row and isinstance(value, Row):
            return f"{value.get_row_kind()}[{','.join(str(field) for field in value)}]"
        return java_text(self._type_info, value)


class FileText:
    """The text that a text file gets of an element.

    >>> from headrace.common import Types
    >>> FileText(Types.ROW([Types.INT(), Types.STRING()]))(Row(1, "a"))
    '+I[1, a]'
    """

    def __init__(self, type_info: TypeInformation) -> None:
        self._type_info = type_info

    def __call__(self, value: Any) -> str:
        return java_text(self._type_info, value)


def java_text(type_info: TypeInformation, value: Any) -> str:
    """The text that Java's toString() gives for a value of the type."""
    if type_info._kind == "PICKLED_BYTE_ARRAY":
        return str(value)
    if value is None:
        return "null"
    form = _FORMS.get(type_info._kind)
    return str(value) if form is None else form(type_info, value)


def _boolean(_: TypeInformation, value: bool) -> str:
    return "true" if value else "false"


def _double(_: TypeInformation, value: float) -> str:
    return java_float(repr(float(value)))


def _float(_: TypeInformation, value: float) -> str:
    """The shortest text that reads back as the same 32-bit float."""
    try:
        packed = struct.pack("f", value)
    except OverflowError:
        return "Infinity" if value > 0 else "-Infinity"
    for digits in range(1, 10):
        text = f"{struct.unpack('f', packed)[0]:.{digits}g}"
        if struct.pack("f", float(text)) == packed:
            return java_float(repr(float(text)))
    return java_float(repr(struct.unpack("f", packed)[0]))


def java_float(text: str) -> str:
    """Python's shortest text of a float in Java's form.

    >>> [java_float(repr(x)) for x in (1.0, 1e10, 1.5e-7, 0.001, 1234567.0, 12345678.0)]
    ['1.0', '1.0E10', '1.5E-7', '0.001', '1234567.0', '1.2345678E7']
    """
    special = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    if text in special:
        return special[text]
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits.strip("0"):
        return sign + "0.0"
    # The value is 0.digits times ten to the power of point.
    point = len(whole.lstrip("0")) + int(exponent or 0)
    if not whole.strip("0"):
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0") or "0"
    if -3 < point <= 7:
        padded = digits.ljust(point, "0") if point > 0 else "0" * (1 - point) + digits
        split = max(point, 1)
        return f"{sign}{padded[:split]}.{padded[split:] or '0'}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def _time(_: TypeInformation, value: Any) -> str:
    return f"{value:%H:%M:%S}"


def _timestamp(_: TypeInformation, value: Any) -> str:
    fraction = f"{value.microsecond:06d}".rstrip("0") or "0"
    return f"{value:%Y-%m-%d %H:%M:%S}.{fraction}"


def _instant(_: TypeInformation, value: Any) -> str:
    import datetime

    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=value.seconds)
    nanos = f"{value.nanos:09d}"
    while nanos.endswith("000"):
        nanos = nanos[:-3]
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' + nanos if nanos else ''}Z"


def _tuple(type_info: TypeInformation, value: Any) -> str:
    fields = zip(type_info._children, value, strict=True)
    return f"({','.join(java_text(child, field) for child, field in fields)})"


def _row(type_info: TypeInformation, value: Any) -> str:
    fields = zip(type_info._children, value, strict=True)
    kind = value.get_row_kind() if isinstance(value, Row) else "+I"
    return f"{kind}[{', '.join(java_text(child, field) for child, field in fields)}]"


def _list(type_info: TypeInformation, value: Any) -> str:
    return f"[{', '.join(java_text(type_info._children[0], item) for item in value)}]"


def _map(type_info: TypeInformation, value: Any) -> str:
    key, item = type_info._children
    pairs = (f"{java_text(key, k)}={java_text(item, v)}" for k, v in value.items())
    return f"{{{', '.join(pairs)}}}"


_FORMS: dict[str, Callable[[TypeInformation, Any], str]] = {
    "BOOLEAN": _boolean,
    "DOUBLE": _double,
    "FLOAT": _float,
    "SQL_TIME": _time,
    "SQL_TIMESTAMP": _timestamp,
    "INSTANT": _instant,
    "TUPLE": _tuple,
    "ROW": _row,
    "LIST": _list,
    "PRIMITIVE_ARRAY": _list,
    "BASIC_ARRAY": _list,
    "OBJECT_ARRAY": _list,
    "MAP": _map,
}
