"""The types of Python values."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from headrace.common.types import Row
from headrace.table.types.atomic import (
    BigIntType,
    BooleanType,
    DecimalType,
    DoubleType,
    NullType,
    VarBinaryType,
    VarCharType,
)
from headrace.table.types.base import _MAX, DataType
from headrace.table.types.nested import ArrayType, MapType, RowField, RowType
from headrace.table.types.temporal import DateType, DayTimeIntervalType, TimestampType, TimeType

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
