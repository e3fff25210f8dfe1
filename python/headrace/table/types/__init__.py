"""Data types of tables, as Flink's DataTypes makes them.

>>> DataTypes.ROW([DataTypes.FIELD("a", DataTypes.INT()), DataTypes.FIELD("b", DataTypes.DATE())])
RowType(RowField(a, IntType(true), ...),RowField(b, DateType(true), ...))
"""

from headrace.common.types import Row, RowKind
from headrace.table.types.arrow import (
    to_arrow_type as to_arrow_type,
)
from headrace.table.types.atomic import (
    AtomicType as AtomicType,
)
from headrace.table.types.atomic import (
    BigIntType as BigIntType,
)
from headrace.table.types.atomic import (
    BinaryType as BinaryType,
)
from headrace.table.types.atomic import (
    BitmapType as BitmapType,
)
from headrace.table.types.atomic import (
    BooleanType as BooleanType,
)
from headrace.table.types.atomic import (
    CharType as CharType,
)
from headrace.table.types.atomic import (
    DecimalType as DecimalType,
)
from headrace.table.types.atomic import (
    DoubleType as DoubleType,
)
from headrace.table.types.atomic import (
    FloatType as FloatType,
)
from headrace.table.types.atomic import (
    FractionalType as FractionalType,
)
from headrace.table.types.atomic import (
    IntegralType as IntegralType,
)
from headrace.table.types.atomic import (
    IntType as IntType,
)
from headrace.table.types.atomic import (
    NullType as NullType,
)
from headrace.table.types.atomic import (
    NumericType as NumericType,
)
from headrace.table.types.atomic import (
    SmallIntType as SmallIntType,
)
from headrace.table.types.atomic import (
    TinyIntType as TinyIntType,
)
from headrace.table.types.atomic import (
    VarBinaryType as VarBinaryType,
)
from headrace.table.types.atomic import (
    VarCharType as VarCharType,
)
from headrace.table.types.atomic import (
    VariantType as VariantType,
)
from headrace.table.types.atomic import (
    _Sized as _Sized,
)
from headrace.table.types.base import (
    _MAX as _MAX,
)
from headrace.table.types.base import (
    DataType as DataType,
)
from headrace.table.types.base import (
    _Named as _Named,
)
from headrace.table.types.factory import (
    DataTypes as DataTypes,
)
from headrace.table.types.inference import (
    _INFERRED as _INFERRED,
)
from headrace.table.types.inference import (
    infer as infer,
)
from headrace.table.types.inference import (
    merge as merge,
)
from headrace.table.types.nested import (
    ArrayType as ArrayType,
)
from headrace.table.types.nested import (
    ListViewType as ListViewType,
)
from headrace.table.types.nested import (
    MapType as MapType,
)
from headrace.table.types.nested import (
    MapViewType as MapViewType,
)
from headrace.table.types.nested import (
    MultisetType as MultisetType,
)
from headrace.table.types.nested import (
    RawType as RawType,
)
from headrace.table.types.nested import (
    RowField as RowField,
)
from headrace.table.types.nested import (
    RowType as RowType,
)
from headrace.table.types.nested import (
    UserDefinedType as UserDefinedType,
)
from headrace.table.types.temporal import (
    DateType as DateType,
)
from headrace.table.types.temporal import (
    DayTimeIntervalType as DayTimeIntervalType,
)
from headrace.table.types.temporal import (
    LocalZonedTimestampType as LocalZonedTimestampType,
)
from headrace.table.types.temporal import (
    Resolution as Resolution,
)
from headrace.table.types.temporal import (
    TimestampType as TimestampType,
)
from headrace.table.types.temporal import (
    TimeType as TimeType,
)
from headrace.table.types.temporal import (
    YearMonthIntervalType as YearMonthIntervalType,
)
from headrace.table.types.temporal import (
    ZonedTimestampType as ZonedTimestampType,
)
from headrace.table.types.temporal import (
    _IntervalType as _IntervalType,
)
from headrace.table.types.temporal import (
    _Precise as _Precise,
)

__all__ = ["DataTypes", "Row", "RowKind", "UserDefinedType"]
