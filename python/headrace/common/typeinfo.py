"""Type information: what the engine must know to keep a stream's elements in columns.

>>> str(Types.ROW_NAMED(["id", "tags"], [Types.LONG(), Types.LIST(Types.STRING())]))
'RowTypeInfo(id: Long, tags: ListTypeInfo<String>)'
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from typing import Any

from headrace.common.time import Instant
from headrace.common.types import Row, RowKind

__all__ = [
    "BasicArrayTypeInfo",
    "BasicType",
    "BasicTypeInfo",
    "DateTypeInfo",
    "ExternalTypeInfo",
    "InstantTypeInfo",
    "ListTypeInfo",
    "MapTypeInfo",
    "ObjectArrayTypeInfo",
    "PickledBytesTypeInfo",
    "PrimitiveArrayTypeInfo",
    "RowTypeInfo",
    "SqlTimeTypeInfo",
    "TimeTypeInfo",
    "TimestampTypeInfo",
    "TupleTypeInfo",
    "TypeInformation",
    "Types",
]

_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()
_EPOCH = datetime.datetime(1970, 1, 1)
_RANGES = {"BYTE": 8, "SHORT": 16, "INT": 32, "LONG": 64}


class TypeInformation:
    """The type of a stream's elements. `Types` makes them.

    >>> Types.INT() == Types.INT(), Types.INT() == Types.LONG()
    (True, False)
    """

    def __init__(self) -> None:
        self._kind = ""
        self._children: tuple[TypeInformation, ...] = ()
        self._names: tuple[str, ...] = ()
        self._title = ""

    def need_conversion(self) -> bool:
        """Whether to_internal_type changes a value."""
        return any(child.need_conversion() for child in self._children)

    def to_internal_type(self, obj: Any) -> Any:
        """The value as it is stored: days for a date, milliseconds for a time, and so on."""
        return obj

    def from_internal_type(self, obj: Any) -> Any:
        """The inverse of to_internal_type."""
        return obj

    def __str__(self) -> str:
        return self._title

    def __repr__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TypeInformation):
            return False
        return (self._kind, self._children, self._names) == (
            other._kind,
            other._children,
            other._names,
        )

    def __hash__(self) -> int:
        return hash((self._kind, self._children, self._names))


class BasicTypeInfo(TypeInformation):
    """A number, string, boolean or character."""

    def __init__(self, kind: str, title: str) -> None:
        super().__init__()
        self._kind, self._title = kind, title

    def to_internal_type(self, obj: Any) -> Any:
        if self._kind in _RANGES and isinstance(obj, int):
            bound = 1 << (_RANGES[self._kind] - 1)
            if not -bound <= obj < bound:
                raise OverflowError(f"{obj} does not fit a {self._title}")
        elif self._kind == "BIG_DEC" and isinstance(obj, (int, float)):
            return decimal.Decimal(str(obj))
        return obj


class BasicType:
    """Names of the basic kinds, as PyFlink's enumeration has them."""

    STRING, BYTE, BOOLEAN, SHORT, INT = "String", "Byte", "Boolean", "Short", "Integer"
    LONG, FLOAT, DOUBLE, CHAR = "Long", "Float", "Double", "Char"
    BIG_INT, BIG_DEC, INSTANT = "BigInteger", "BigDecimal", "Instant"


class SqlTimeTypeInfo(TypeInformation):
    """A date, time of day or timestamp without a zone."""

    def __init__(self, kind: str, title: str) -> None:
        super().__init__()
        self._kind, self._title = kind, title

    def need_conversion(self) -> bool:
        return True

    @staticmethod
    def DATE() -> DateTypeInfo:
        """A datetime.date."""
        return DateTypeInfo()

    @staticmethod
    def TIME() -> TimeTypeInfo:
        """A datetime.time."""
        return TimeTypeInfo()

    @staticmethod
    def TIMESTAMP() -> TimestampTypeInfo:
        """A datetime.datetime."""
        return TimestampTypeInfo()


class DateTypeInfo(SqlTimeTypeInfo):
    """datetime.date, stored as days since the epoch.

    >>> Types.SQL_DATE().to_internal_type(datetime.date(1970, 1, 3))
    2
    """

    def __init__(self) -> None:
        super().__init__("SQL_DATE", "DateTypeInfo")

    def to_internal_type(self, obj: Any) -> Any:
        return None if obj is None else obj.toordinal() - _EPOCH_DAY

    def from_internal_type(self, obj: Any) -> Any:
        return None if obj is None else datetime.date.fromordinal(obj + _EPOCH_DAY)


class TimeTypeInfo(SqlTimeTypeInfo):
    """datetime.time, stored as milliseconds since midnight."""

    def __init__(self) -> None:
        super().__init__("SQL_TIME", "TimeTypeInfo")

    def to_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        return ((obj.hour * 60 + obj.minute) * 60 + obj.second) * 1000 + obj.microsecond // 1000

    def from_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        seconds, millis = divmod(obj, 1000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return datetime.time(hour, minute, second, millis * 1000)


class TimestampTypeInfo(SqlTimeTypeInfo):
    """datetime.datetime without a zone, stored as microseconds since the epoch."""

    def __init__(self) -> None:
        super().__init__("SQL_TIMESTAMP", "TimestampTypeInfo")

    def to_internal_type(self, obj: Any) -> Any:
        return None if obj is None else (obj - _EPOCH) // datetime.timedelta(microseconds=1)

    def from_internal_type(self, obj: Any) -> Any:
        return None if obj is None else _EPOCH + datetime.timedelta(microseconds=obj)


class InstantTypeInfo(TypeInformation):
    """An Instant, stored as nanoseconds since the epoch."""

    def __init__(self) -> None:
        super().__init__()
        self._kind, self._title = "INSTANT", "Instant"

    def need_conversion(self) -> bool:
        return True

    def to_internal_type(self, obj: Any) -> Any:
        return None if obj is None else obj.seconds * 1_000_000_000 + obj.nanos

    def from_internal_type(self, obj: Any) -> Any:
        return None if obj is None else Instant(*divmod(obj, 1_000_000_000))


class PickledBytesTypeInfo(TypeInformation):
    """Any Python object. Inside a process it travels by reference."""

    def __init__(self) -> None:
        super().__init__()
        self._kind, self._title = "PICKLED_BYTE_ARRAY", "PickledByteArrayTypeInfo"


class RowTypeInfo(TypeInformation):
    """Rows of typed fields.

    >>> Types.ROW([Types.INT()]).get_field_names()
    ['f0']
    """

    def __init__(
        self, field_types: Sequence[TypeInformation], field_names: Sequence[str] | None = None
    ) -> None:
        super().__init__()
        self._kind = "ROW"
        self._children = _types(field_types, "a ROW's field types")
        self._names = tuple(field_names or ())
        if self._names and len(self._names) != len(self._children):
            raise ValueError(f"{len(self._names)} names for {len(self._children)} field types")

    def get_field_names(self) -> list[str]:
        """The names, f0, f1, … where none were given."""
        return list(self._names) or [f"f{i}" for i in range(len(self._children))]

    def get_field_types(self) -> list[TypeInformation]:
        """The types in order."""
        return list(self._children)

    def get_field_index(self, field_name: str) -> int:
        """The position of a field, -1 where there is none of that name."""
        names = self.get_field_names()
        return names.index(field_name) if field_name in names else -1

    def need_conversion(self) -> bool:
        return True

    def to_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        kind = obj.get_row_kind().value if isinstance(obj, Row) else 0
        if isinstance(obj, dict):
            values = [obj.get(name) for name in self.get_field_names()]
        elif isinstance(obj, Row) and obj._fields is not None and self._names:
            values = obj.get_fields_by_names(self._names)
        else:
            values = list(obj)
        if len(values) != len(self._children):
            raise ValueError(f"{len(values)} values for {self}: {obj!r}")
        fields = zip(self._children, values, strict=True)
        return (kind, *(child.to_internal_type(value) for child, value in fields))

    def from_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        fields = zip(self._children, obj[1:], strict=True)
        row = Row(*(child.from_internal_type(value) for child, value in fields))
        row.set_row_kind(RowKind(obj[0]))
        row.set_field_names(self.get_field_names())
        return row

    def __str__(self) -> str:
        if not self._names:
            return f"RowTypeInfo({', '.join(map(str, self._children))})"
        pairs = zip(self._names, self._children, strict=True)
        return f"RowTypeInfo({', '.join(f'{name}: {child}' for name, child in pairs)})"

    def __eq__(self, other: object) -> bool:
        # As in PyFlink, names do not count; streams are compared by type_json, where they do.
        return isinstance(other, RowTypeInfo) and self._children == other._children

    def __hash__(self) -> int:
        return hash(("ROW", self._children))


class TupleTypeInfo(TypeInformation):
    """Tuples of typed fields."""

    def __init__(self, field_types: Sequence[TypeInformation]) -> None:
        super().__init__()
        self._kind = "TUPLE"
        self._children = _types(field_types, "a TUPLE's field types")

    def get_field_types(self) -> list[TypeInformation]:
        """The types in order."""
        return list(self._children)

    def to_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        fields = zip(self._children, obj, strict=True)
        return tuple(child.to_internal_type(value) for child, value in fields)

    def from_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        fields = zip(self._children, obj, strict=True)
        return tuple(child.from_internal_type(value) for child, value in fields)

    def __str__(self) -> str:
        return f"TupleTypeInfo({', '.join(map(str, self._children))})"


class _ElementsTypeInfo(TypeInformation):
    """A list or an array of one element type."""

    def __init__(self, kind: str, title: str, element: TypeInformation) -> None:
        super().__init__()
        self._kind, self._title = kind, title
        self._children = _types([element], "the element type")

    @property
    def elem_type(self) -> TypeInformation:
        """The type of the elements."""
        return self._children[0]

    def to_internal_type(self, obj: Any) -> Any:
        return None if obj is None else [self.elem_type.to_internal_type(v) for v in obj]

    def from_internal_type(self, obj: Any) -> Any:
        return None if obj is None else [self.elem_type.from_internal_type(v) for v in obj]

    def __str__(self) -> str:
        return f"{self._title}<{self.elem_type}>"


class PrimitiveArrayTypeInfo(_ElementsTypeInfo):
    """An array of numbers or booleans without nulls."""

    def __init__(self, element_type: TypeInformation) -> None:
        allowed = ("BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "CHAR")
        if getattr(element_type, "_kind", None) not in allowed:
            raise TypeError(
                f"PRIMITIVE_ARRAY takes numbers, booleans or CHAR, not {element_type}: "
                "write BASIC_ARRAY or OBJECT_ARRAY"
            )
        super().__init__("PRIMITIVE_ARRAY", "PrimitiveArrayTypeInfo", element_type)


class BasicArrayTypeInfo(_ElementsTypeInfo):
    """An array of basic values that may be None."""

    def __init__(self, element_type: TypeInformation) -> None:
        if not isinstance(element_type, (BasicTypeInfo, InstantTypeInfo)):
            raise TypeError(f"BASIC_ARRAY takes a basic type, not {element_type}: OBJECT_ARRAY")
        super().__init__("BASIC_ARRAY", "BasicArrayTypeInfo", element_type)


class ObjectArrayTypeInfo(_ElementsTypeInfo):
    """An array of values of any type."""

    def __init__(self, element_type: TypeInformation) -> None:
        super().__init__("OBJECT_ARRAY", "ObjectArrayTypeInfo", element_type)


class ListTypeInfo(_ElementsTypeInfo):
    """A list."""

    def __init__(self, element_type: TypeInformation) -> None:
        super().__init__("LIST", "ListTypeInfo", element_type)


class MapTypeInfo(TypeInformation):
    """A dict."""

    def __init__(self, key_type_info: TypeInformation, value_type_info: TypeInformation) -> None:
        super().__init__()
        self._kind = "MAP"
        self._children = _types([key_type_info, value_type_info], "a MAP's types")

    def to_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        key, value = self._children
        return {key.to_internal_type(k): value.to_internal_type(v) for k, v in obj.items()}

    def from_internal_type(self, obj: Any) -> Any:
        if obj is None:
            return None
        key, value = self._children
        return {key.from_internal_type(k): value.from_internal_type(v) for k, v in obj.items()}

    def __str__(self) -> str:
        return f"MapTypeInfo<{self._children[0]}, {self._children[1]}>"


class ExternalTypeInfo(TypeInformation):
    """A type named by a SQL data type, on the border to the Table API."""

    def __init__(self, type_info: TypeInformation) -> None:
        super().__init__()
        self._kind = type_info._kind
        self._children, self._names = type_info._children, type_info._names
        self._title = f"ExternalTypeInfo<{type_info}>"
        self._inner = type_info

    def need_conversion(self) -> bool:
        return self._inner.need_conversion()

    def to_internal_type(self, obj: Any) -> Any:
        return self._inner.to_internal_type(obj)

    def from_internal_type(self, obj: Any) -> Any:
        return self._inner.from_internal_type(obj)


class Types:
    """Makes type information.

    >>> str(Types.TUPLE([Types.INT(), Types.STRING()]))
    'TupleTypeInfo(Integer, String)'
    """

    @staticmethod
    def STRING() -> TypeInformation:
        """str; None allowed."""
        return BasicTypeInfo("STRING", "String")

    @staticmethod
    def BYTE() -> TypeInformation:
        """int of 8 bits."""
        return BasicTypeInfo("BYTE", "Byte")

    @staticmethod
    def BOOLEAN() -> TypeInformation:
        """bool."""
        return BasicTypeInfo("BOOLEAN", "Boolean")

    @staticmethod
    def SHORT() -> TypeInformation:
        """int of 16 bits."""
        return BasicTypeInfo("SHORT", "Short")

    @staticmethod
    def INT() -> TypeInformation:
        """int of 32 bits."""
        return BasicTypeInfo("INT", "Integer")

    @staticmethod
    def LONG() -> TypeInformation:
        """int of 64 bits."""
        return BasicTypeInfo("LONG", "Long")

    @staticmethod
    def FLOAT() -> TypeInformation:
        """float of 32 bits."""
        return BasicTypeInfo("FLOAT", "Float")

    @staticmethod
    def DOUBLE() -> TypeInformation:
        """float of 64 bits."""
        return BasicTypeInfo("DOUBLE", "Double")

    @staticmethod
    def CHAR() -> TypeInformation:
        """str of one character."""
        return BasicTypeInfo("CHAR", "Char")

    @staticmethod
    def BIG_INT() -> TypeInformation:
        """int of any size."""
        return BasicTypeInfo("BIG_INT", "BigInteger")

    @staticmethod
    def BIG_DEC() -> TypeInformation:
        """decimal.Decimal."""
        return BasicTypeInfo("BIG_DEC", "BigDecimal")

    @staticmethod
    def INSTANT() -> TypeInformation:
        """headrace.common.Instant."""
        return InstantTypeInfo()

    @staticmethod
    def SQL_DATE() -> TypeInformation:
        """datetime.date."""
        return DateTypeInfo()

    @staticmethod
    def SQL_TIME() -> TypeInformation:
        """datetime.time."""
        return TimeTypeInfo()

    @staticmethod
    def SQL_TIMESTAMP() -> TypeInformation:
        """datetime.datetime without a zone."""
        return TimestampTypeInfo()

    @staticmethod
    def PICKLED_BYTE_ARRAY() -> TypeInformation:
        """Any Python object; what a stream has without type information."""
        return PickledBytesTypeInfo()

    @staticmethod
    def ROW(field_types: Sequence[TypeInformation]) -> RowTypeInfo:
        """Rows with the fields f0, f1, …"""
        return RowTypeInfo(field_types)

    @staticmethod
    def ROW_NAMED(
        field_names: Sequence[str], field_types: Sequence[TypeInformation]
    ) -> RowTypeInfo:
        """Rows with named fields."""
        return RowTypeInfo(field_types, field_names)

    @staticmethod
    def TUPLE(field_types: Sequence[TypeInformation]) -> TypeInformation:
        """Tuples."""
        return TupleTypeInfo(field_types)

    @staticmethod
    def PRIMITIVE_ARRAY(element_type: TypeInformation) -> TypeInformation:
        """Lists of numbers or booleans without None."""
        return PrimitiveArrayTypeInfo(element_type)

    @staticmethod
    def BASIC_ARRAY(element_type: TypeInformation) -> TypeInformation:
        """Lists of basic values or None."""
        return BasicArrayTypeInfo(element_type)

    @staticmethod
    def OBJECT_ARRAY(element_type: TypeInformation) -> TypeInformation:
        """Lists of values of any type."""
        return ObjectArrayTypeInfo(element_type)

    @staticmethod
    def MAP(key_type_info: TypeInformation, value_type_info: TypeInformation) -> TypeInformation:
        """Dicts."""
        return MapTypeInfo(key_type_info, value_type_info)

    @staticmethod
    def LIST(element_type_info: TypeInformation) -> TypeInformation:
        """Lists."""
        return ListTypeInfo(element_type_info)


def _types(given: Sequence[TypeInformation], what: str) -> tuple[TypeInformation, ...]:
    for item in given:
        if not isinstance(item, TypeInformation):
            raise TypeError(f"{what} must come from Types, as in Types.INT(), not {item!r}")
    return tuple(given)
