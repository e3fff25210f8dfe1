"""The Arrow types in which columns are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table.types.atomic import (
    BigIntType,
    BinaryType,
    BitmapType,
    BooleanType,
    CharType,
    DecimalType,
    DoubleType,
    FloatType,
    IntType,
    NullType,
    SmallIntType,
    TinyIntType,
    VarBinaryType,
    VarCharType,
    VariantType,
)
from headrace.table.types.base import DataType
from headrace.table.types.nested import (
    ArrayType,
    MapType,
    MultisetType,
    RawType,
    RowType,
    UserDefinedType,
)
from headrace.table.types.temporal import (
    DateType,
    DayTimeIntervalType,
    LocalZonedTimestampType,
    TimestampType,
    TimeType,
    YearMonthIntervalType,
)

if TYPE_CHECKING:
    import pyarrow as pa


def to_arrow_type(t: DataType) -> pa.DataType:
    """The Arrow type in which the engine keeps columns of t."""
    import pyarrow as pa

    plain: dict[type, Any] = {
        NullType: pa.null, BooleanType: pa.bool_, TinyIntType: pa.int8, SmallIntType: pa.int16,
        IntType: pa.int32, BigIntType: pa.int64, FloatType: pa.float32, DoubleType: pa.float64,
        CharType: pa.string, VarCharType: pa.string, BinaryType: pa.binary,
        VarBinaryType: pa.binary, DateType: pa.date32, RawType: pa.binary,
        BitmapType: pa.binary, VariantType: pa.binary,
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
