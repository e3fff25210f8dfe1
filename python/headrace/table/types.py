"""Data types of tables, as Flink's DataTypes makes them.

>>> DataTypes.ROW([DataTypes.FIELD("a", DataTypes.INT()), DataTypes.FIELD("b", DataTypes.STRING())])
RowType(a INT, b STRING)
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from headrace.common.types import Row, RowKind

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DataTypes", "Row", "RowKind", "UserDefinedType"]

_MAX = 0x7FFFFFFF


class DataType:
    """The type of a column; ``sql()`` is how SQL writes it."""

    def __init__(self, nullable: bool = True) -> None:
        self._nullable = nullable
        self._conversion_cls = ""

    def _root(self) -> str:
        raise NotImplementedError  # every type below has one

    def sql(self) -> str:
        """The type in SQL: "DECIMAL(10, 2) NOT NULL"."""
        return self._root() + ("" if self._nullable else " NOT NULL")

    def not_null(self) -> DataType:
        """The same type without NULL."""
        return self._with(False)

    def nullable(self) -> DataType:
        """The same type with NULL."""
        return self._with(True)

    def _with(self, nullable: bool) -> DataType:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._nullable = nullable
        return copy

    def bridged_to(self, conversion_cls: str) -> DataType:
        """Accepted for PyFlink's sake: values are Python's."""
        self._conversion_cls = conversion_cls
        return self

    @classmethod
    def type_name(cls) -> str:
        """The lower-case name of the kind."""
        return cls.__name__[:-4].lower()

    def need_conversion(self) -> bool:
        """Whether values differ between Python and SQL; the engine converts all."""
        return False

    def to_sql_type(self, obj: Any) -> Any:
        """The value as it is."""
        return obj

    def from_sql_type(self, obj: Any) -> Any:
        """The value as it is."""
        return obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataType) and self.sql() == other.sql()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.sql())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._nullable).lower()})"

    def __str__(self) -> str:
        return repr(self)


class _Named(DataType):
    NAME = ""

    def _root(self) -> str:
        return self.NAME


class AtomicType(_Named):
    """A type that holds one value."""


class NullType(AtomicType):
    """NULL."""

    NAME = "NULL"


class BooleanType(AtomicType):
    """BOOLEAN."""

    NAME = "BOOLEAN"


class NumericType(AtomicType):
    """A number."""


class IntegralType(NumericType):
    """A whole number."""


class TinyIntType(IntegralType):
    """TINYINT."""

    NAME = "TINYINT"


class SmallIntType(IntegralType):
    """SMALLINT."""

    NAME = "SMALLINT"


class IntType(IntegralType):
    """INT."""

    NAME = "INT"


class BigIntType(IntegralType):
    """BIGINT."""

    NAME = "BIGINT"


class FractionalType(NumericType):
    """A number with a fraction."""


class FloatType(FractionalType):
    """FLOAT."""

    NAME = "FLOAT"


class DoubleType(FractionalType):
    """DOUBLE."""

    NAME = "DOUBLE"


class DecimalType(FractionalType):
    """DECIMAL(precision, scale)."""

    def __init__(self, precision: int = 10, scale: int = 0, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.precision = precision
        self.scale = scale
        self.has_precision_info = True

    def _root(self) -> str:
        return f"DECIMAL({self.precision}, {self.scale})"

    def __repr__(self) -> str:
        return f"DecimalType({self.precision}, {self.scale}, {str(self._nullable).lower()})"


class _Sized(AtomicType):
    UNLIMITED = ""

    def __init__(self, length: int = 1, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.length = length

    def _root(self) -> str:
        if self.UNLIMITED and self.length == _MAX:
            return self.UNLIMITED
        return f"{self.NAME}({self.length})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.length}, {str(self._nullable).lower()})"


class CharType(_Sized):
    """CHAR(length)."""

    NAME = "CHAR"


class VarCharType(_Sized):
    """VARCHAR(length); STRING is the longest."""

    NAME = "VARCHAR"
    UNLIMITED = "STRING"


class BinaryType(_Sized):
    """BINARY(length)."""

    NAME = "BINARY"


class VarBinaryType(_Sized):
    """VARBINARY(length); BYTES is the longest."""

    NAME = "VARBINARY"
    UNLIMITED = "BYTES"


class DateType(AtomicType):
    """DATE."""

    NAME = "DATE"


class _Precise(AtomicType):
    def __init__(self, precision: int = 0, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.precision = precision

    def _root(self) -> str:
        return f"{self.NAME}({self.precision})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.precision}, {str(self._nullable).lower()})"


class TimeType(_Precise):
    """TIME(precision)."""

    NAME = "TIME"


class TimestampType(_Precise):
    """TIMESTAMP(precision), without time zone."""

    NAME = "TIMESTAMP"


class LocalZonedTimestampType(_Precise):
    """TIMESTAMP_LTZ(precision): an instant."""

    NAME = "TIMESTAMP_LTZ"


class ZonedTimestampType(_Precise):
    """TIMESTAMP(precision) WITH TIME ZONE; no column may have it."""

    NAME = "TIMESTAMP WITH TIME ZONE"


class Resolution:
    """A unit of an interval with its precision."""

    class IntervalUnit:
        """The names of the units."""

        SECOND, MINUTE, HOUR, DAY, MONTH, YEAR = "SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"

    def __init__(self, unit: str, precision: int = -1) -> None:
        self._unit = unit
        self._precision = precision

    @property
    def unit(self) -> str:
        """The unit's name."""
        return self._unit

    @property
    def precision(self) -> int:
        """Digits, -1 where none were given."""
        return self._precision

    def __str__(self) -> str:
        return self._unit if self._precision < 0 else f"{self._unit}({self._precision})"


class _IntervalType(AtomicType):
    def __init__(self, nullable: bool = True, *units: Resolution) -> None:
        super().__init__(nullable)
        self.units = units


class DayTimeIntervalType(_IntervalType):
    """INTERVAL of days to seconds."""

    NAME = "INTERVAL DAY TO SECOND(3)"


class YearMonthIntervalType(_IntervalType):
    """INTERVAL of years and months."""

    NAME = "INTERVAL YEAR TO MONTH"


class ArrayType(DataType):
    """ARRAY<element_type>."""

    def __init__(self, element_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.element_type = element_type

    def _root(self) -> str:
        return f"ARRAY<{self.element_type.sql()}>"

    def __repr__(self) -> str:
        return f"ArrayType({self.element_type!r}, {str(self._nullable).lower()})"


class ListViewType(ArrayType):
    """A list inside an accumulator."""


class MapType(DataType):
    """MAP<key_type, value_type>."""

    def __init__(self, key_type: DataType, value_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.key_type = key_type
        self.value_type = value_type

    def _root(self) -> str:
        return f"MAP<{self.key_type.sql()}, {self.value_type.sql()}>"

    def __repr__(self) -> str:
        return f"MapType({self.key_type!r}, {self.value_type!r}, {str(self._nullable).lower()})"


class MapViewType(MapType):
    """A map inside an accumulator."""


class MultisetType(DataType):
    """MULTISET<element_type>."""

    def __init__(self, element_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.element_type = element_type

    def _root(self) -> str:
        return f"MULTISET<{self.element_type.sql()}>"

    def __repr__(self) -> str:
        return f"MultisetType({self.element_type!r}, {str(self._nullable).lower()})"


class RowField:
    """A named field of a ROW."""

    def __init__(self, name: str, data_type: DataType, description: str | None = None) -> None:
        self.name = name
        self.data_type = data_type
        self.description = description

    def __repr__(self) -> str:
        return f"RowField({self.name}, {self.data_type!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowField) and (self.name, self.data_type) == (
            other.name, other.data_type)

    def __hash__(self) -> int:
        return hash((self.name, self.data_type))

    def _sql(self) -> str:
        text = f"`{self.name.replace('`', '``')}` {self.data_type.sql()}"
        if self.description:
            text += " '" + self.description.replace("'", "''") + "'"
        return text


class RowType(DataType):
    """ROW<name type, …>."""

    def __init__(self, fields: Sequence[RowField] | None = None, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.fields = list(fields or [])

    @property
    def names(self) -> list[str]:
        """The fields' names."""
        return [f.name for f in self.fields]

    def field_names(self) -> list[str]:
        """The fields' names."""
        return self.names

    def field_types(self) -> list[DataType]:
        """The fields' types."""
        return [f.data_type for f in self.fields]

    def add(self, field: str | RowField, data_type: DataType | None = None) -> RowType:
        """Appends a field."""
        if isinstance(field, str):
            if data_type is None:
                raise ValueError("a field added by name needs its data_type")
            field = RowField(field, data_type)
        self.fields.append(field)
        return self

    def __iter__(self) -> Iterator[RowField]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __getitem__(self, key: str | int) -> RowField:
        if isinstance(key, int):
            return self.fields[key]
        for field in self.fields:
            if field.name == key:
                return field
        raise KeyError(f"no field named {key!r}; there are {', '.join(self.names)}")

    def _root(self) -> str:
        return "ROW<" + ", ".join(f._sql() for f in self.fields) + ">"

    def __repr__(self) -> str:
        return "RowType(" + ", ".join(
            f"{f.name} {f.data_type.sql()}" for f in self.fields) + ")"


class RawType(DataType):
    """RAW: bytes that SQL does not look into."""

    def __init__(self, class_name: str = "object", nullable: bool = True) -> None:
        super().__init__(nullable)
        self.class_name = class_name

    def _root(self) -> str:
        return f"RAW('{self.class_name}')"


class UserDefinedType(DataType):
    """A class of the user's that is stored as an SQL type: override sql_type and conversions."""

    @classmethod
    def type_name(cls) -> str:
        """The class's name in lower case."""
        return cls.__name__.lower()

    @classmethod
    def sql_type(cls) -> DataType:
        """How values are stored."""
        raise NotImplementedError(f"{cls.__name__} must define sql_type()")

    @classmethod
    def module(cls) -> str:
        """The module of the class."""
        return cls.__module__

    @classmethod
    def java_udt(cls) -> str:
        """There is no JVM: the empty string."""
        return ""

    def need_conversion(self) -> bool:
        """Values differ between Python and SQL."""
        return True

    def serialize(self, obj: Any) -> Any:
        """The value as it is stored."""
        raise NotImplementedError(f"{type(self).__name__} must define serialize()")

    def deserialize(self, datum: Any) -> Any:
        """The value as Python sees it."""
        raise NotImplementedError(f"{type(self).__name__} must define deserialize()")

    def to_sql_type(self, obj: Any) -> Any:
        """The value as it is stored."""
        return None if obj is None else self.serialize(obj)

    def from_sql_type(self, obj: Any) -> Any:
        """The value as Python sees it."""
        return None if obj is None else self.deserialize(obj)

    def _root(self) -> str:
        return self.sql_type()._root()


class DataTypes:
    """Makes data types.

    >>> DataTypes.ARRAY(DataTypes.INT().not_null()).sql()
    'ARRAY<INT NOT NULL>'
    """

    @staticmethod
    def NULL() -> NullType:
        """The type of NULL alone."""
        return NullType()

    @staticmethod
    def CHAR(length: int, nullable: bool = True) -> CharType:
        """Text of a fixed length."""
        return CharType(length, nullable)

    @staticmethod
    def VARCHAR(length: int, nullable: bool = True) -> VarCharType:
        """Text up to a length."""
        return VarCharType(length, nullable)

    @staticmethod
    def STRING(nullable: bool = True) -> VarCharType:
        """Text."""
        return VarCharType(_MAX, nullable)

    @staticmethod
    def BOOLEAN(nullable: bool = True) -> BooleanType:
        """True or False."""
        return BooleanType(nullable)

    @staticmethod
    def BINARY(length: int, nullable: bool = True) -> BinaryType:
        """Bytes of a fixed length."""
        return BinaryType(length, nullable)

    @staticmethod
    def VARBINARY(length: int, nullable: bool = True) -> VarBinaryType:
        """Bytes up to a length."""
        return VarBinaryType(length, nullable)

    @staticmethod
    def BYTES(nullable: bool = True) -> VarBinaryType:
        """Bytes."""
        return VarBinaryType(_MAX, nullable)

    @staticmethod
    def DECIMAL(precision: int, scale: int, nullable: bool = True) -> DecimalType:
        """A decimal number of up to 38 digits."""
        return DecimalType(precision, scale, nullable)

    @staticmethod
    def TINYINT(nullable: bool = True) -> TinyIntType:
        """-128 to 127."""
        return TinyIntType(nullable)

    @staticmethod
    def SMALLINT(nullable: bool = True) -> SmallIntType:
        """16 bits."""
        return SmallIntType(nullable)

    @staticmethod
    def INT(nullable: bool = True) -> IntType:
        """32 bits."""
        return IntType(nullable)

    @staticmethod
    def BIGINT(nullable: bool = True) -> BigIntType:
        """64 bits."""
        return BigIntType(nullable)

    @staticmethod
    def FLOAT(nullable: bool = True) -> FloatType:
        """A 32-bit floating-point number."""
        return FloatType(nullable)

    @staticmethod
    def DOUBLE(nullable: bool = True) -> DoubleType:
        """A 64-bit floating-point number."""
        return DoubleType(nullable)

    @staticmethod
    def DATE(nullable: bool = True) -> DateType:
        """A day."""
        return DateType(nullable)

    @staticmethod
    def TIME(precision: int = 0, nullable: bool = True) -> TimeType:
        """A time of day with a number of fractional digits."""
        return TimeType(precision, nullable)

    @staticmethod
    def TIMESTAMP(precision: int = 6, nullable: bool = True) -> TimestampType:
        """A date and time without time zone."""
        return TimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_WITH_LOCAL_TIME_ZONE(
        precision: int = 6, nullable: bool = True
    ) -> LocalZonedTimestampType:
        """An instant, shown in the session's time zone."""
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_LTZ(precision: int = 6, nullable: bool = True) -> LocalZonedTimestampType:
        """An instant, shown in the session's time zone."""
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def ARRAY(element_type: DataType, nullable: bool = True) -> ArrayType:
        """A list of values of one type."""
        return ArrayType(element_type, nullable)

    @staticmethod
    def LIST_VIEW(element_type: DataType) -> ListViewType:
        """A list inside an accumulator."""
        return ListViewType(element_type)

    @staticmethod
    def MAP(key_type: DataType, value_type: DataType, nullable: bool = True) -> MapType:
        """Values by key."""
        return MapType(key_type, value_type, nullable)

    @staticmethod
    def MAP_VIEW(key_type: DataType, value_type: DataType) -> MapViewType:
        """A map inside an accumulator."""
        return MapViewType(key_type, value_type)

    @staticmethod
    def MULTISET(element_type: DataType, nullable: bool = True) -> MultisetType:
        """Values with their counts."""
        return MultisetType(element_type, nullable)

    @staticmethod
    def ROW(row_fields: Sequence[Any] = [], nullable: bool = True) -> RowType:
        """Named fields: FIELD objects, or (name, type) pairs."""
        fields = [f if isinstance(f, RowField) else RowField(*f) for f in row_fields]
        return RowType(fields, nullable)

    @staticmethod
    def FIELD(name: str, data_type: DataType, description: str | None = None) -> RowField:
        """A field of a ROW."""
        return RowField(name, data_type, description)

    @staticmethod
    def SECOND(precision: int = 6) -> Resolution:
        """The unit SECOND."""
        return Resolution("SECOND", precision)

    @staticmethod
    def MINUTE() -> Resolution:
        """The unit MINUTE."""
        return Resolution("MINUTE")

    @staticmethod
    def HOUR() -> Resolution:
        """The unit HOUR."""
        return Resolution("HOUR")

    @staticmethod
    def DAY(precision: int = 2) -> Resolution:
        """The unit DAY."""
        return Resolution("DAY", precision)

    @staticmethod
    def MONTH() -> Resolution:
        """The unit MONTH."""
        return Resolution("MONTH")

    @staticmethod
    def YEAR(precision: int = 2) -> Resolution:
        """The unit YEAR."""
        return Resolution("YEAR", precision)

    @staticmethod
    def INTERVAL(
        upper_resolution: Resolution, lower_resolution: Resolution | None = None
    ) -> _IntervalType:
        """An interval of months or of days to seconds."""
        units = (upper_resolution,) if lower_resolution is None else (
            upper_resolution, lower_resolution)
        if upper_resolution.unit in ("YEAR", "MONTH"):
            return YearMonthIntervalType(True, *units)
        return DayTimeIntervalType(True, *units)


_INFERRED: dict[type, DataType] = {
    bool: BooleanType(), int: BigIntType(), float: DoubleType(), str: VarCharType(_MAX),
    bytes: VarBinaryType(_MAX), bytearray: VarBinaryType(_MAX),
    decimal.Decimal: DecimalType(38, 18), datetime.date: DateType(),
    datetime.time: TimeType(0), datetime.datetime: TimestampType(6),
    datetime.timedelta: DayTimeIntervalType(True), type(None): NullType(),
}


def infer(value: Any) -> DataType:
    """The type of a Python value, as PyFlink infers it."""
    found = _INFERRED.get(type(value))
    if found is not None:
        return found
    if isinstance(value, Row) or hasattr(value, "_fields"):
        names = getattr(value, "_fields", None) or [f"_{i + 1}" for i in range(len(value))]
        return RowType([RowField(n, infer(v)) for n, v in zip(names, value, strict=True)])
    if isinstance(value, tuple):
        return RowType([RowField(f"_{i + 1}", infer(v)) for i, v in enumerate(value)])
    if isinstance(value, dict):
        for k, v in value.items():
            if k is not None and v is not None:
                return MapType(infer(k), infer(v))
        return MapType(NullType(), NullType())
    if isinstance(value, (list, set)):
        merged: DataType = NullType()
        for v in value:
            merged = merge(merged, infer(v))
        return ArrayType(merged)
    for base, data_type in _INFERRED.items():
        if isinstance(value, base):
            return data_type
    raise TypeError(f"no SQL type for a value of {type(value).__name__}; give a schema")


def merge(a: DataType, b: DataType) -> DataType:
    """A type for values of both."""
    if isinstance(a, NullType):
        return b
    if isinstance(b, NullType) or a == b:
        return a
    if isinstance(a, RowType) and isinstance(b, RowType) and len(a) == len(b):
        return RowType([RowField(x.name, merge(x.data_type, y.data_type))
                        for x, y in zip(a, b, strict=True)])
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return ArrayType(merge(a.element_type, b.element_type))
    if isinstance(a, MapType) and isinstance(b, MapType):
        return MapType(merge(a.key_type, b.key_type), merge(a.value_type, b.value_type))
    raise TypeError(f"values of {a.sql()} and {b.sql()} in one column; give a schema")


def to_arrow_type(t: DataType) -> pa.DataType:
    """The Arrow type in which the engine keeps columns of t."""
    import pyarrow as pa

    plain: dict[type, Any] = {
        NullType: pa.null, BooleanType: pa.bool_, TinyIntType: pa.int8, SmallIntType: pa.int16,
        IntType: pa.int32, BigIntType: pa.int64, FloatType: pa.float32, DoubleType: pa.float64,
        CharType: pa.string, VarCharType: pa.string, BinaryType: pa.binary,
        VarBinaryType: pa.binary, DateType: pa.date32, RawType: pa.binary,
        YearMonthIntervalType: pa.int32,
    }
    if type(t) in plain:
        return plain[type(t)]()
    if isinstance(t, DecimalType):
        return pa.decimal128(t.precision, t.scale)
    if isinstance(t, DayTimeIntervalType):
        return pa.duration("ms")
    if isinstance(t, TimeType):
        fine = "us" if t.precision <= 6 else "ns"
        return pa.time32("ms") if t.precision <= 3 else pa.time64(fine)
    if isinstance(t, (TimestampType, LocalZonedTimestampType)):
        unit = "ms" if t.precision <= 3 else "us" if t.precision <= 6 else "ns"
        return pa.timestamp(unit, "UTC" if isinstance(t, LocalZonedTimestampType) else None)
    if isinstance(t, ArrayType):
        return pa.list_(pa.field("item", to_arrow_type(t.element_type), t.element_type._nullable))
    if isinstance(t, MapType):
        return pa.map_(to_arrow_type(t.key_type), to_arrow_type(t.value_type))
    if isinstance(t, MultisetType):
        return pa.map_(to_arrow_type(t.element_type), pa.int32())
    if isinstance(t, RowType):
        return pa.struct([pa.field(f.name, to_arrow_type(f.data_type), f.data_type._nullable)
                          for f in t.fields])
    if isinstance(t, UserDefinedType):
        return to_arrow_type(t.sql_type())
    raise TypeError(f"no Arrow type for {t.sql()}")
