"""Data types of columns and types of stream elements, each as the other."""

from __future__ import annotations

from headrace.common.typeinfo import TypeInformation, Types
from headrace.table import types as t

_TO_INFO = {
    t.BooleanType: Types.BOOLEAN,
    t.TinyIntType: Types.BYTE,
    t.SmallIntType: Types.SHORT,
    t.IntType: Types.INT,
    t.BigIntType: Types.LONG,
    t.FloatType: Types.FLOAT,
    t.DoubleType: Types.DOUBLE,
    t.CharType: Types.STRING,
    t.VarCharType: Types.STRING,
    t.DecimalType: Types.BIG_DEC,
    t.DateType: Types.SQL_DATE,
    t.TimeType: Types.SQL_TIME,
    t.TimestampType: Types.SQL_TIMESTAMP,
    t.LocalZonedTimestampType: Types.INSTANT,
}
_TO_DATA: dict[str, t.DataType] = {
    "STRING": t.VarCharType(t._MAX),
    "CHAR": t.VarCharType(t._MAX),
    "BOOLEAN": t.BooleanType(),
    "BYTE": t.TinyIntType(),
    "SHORT": t.SmallIntType(),
    "INT": t.IntType(),
    "LONG": t.BigIntType(),
    "FLOAT": t.FloatType(),
    "DOUBLE": t.DoubleType(),
    "BIG_INT": t.DecimalType(38, 0),
    "BIG_DEC": t.DecimalType(38, 18),
    "SQL_DATE": t.DateType(),
    "SQL_TIME": t.TimeType(6),
    "SQL_TIMESTAMP": t.TimestampType(6),
    "INSTANT": t.LocalZonedTimestampType(9),
}


def of_data_type(data_type: t.DataType) -> TypeInformation:
    """The type of stream elements that a column's values are."""
    plain = _TO_INFO.get(type(data_type))
    if plain is not None:
        return plain()
    if isinstance(data_type, t.RowType):
        return of_row(data_type)
    if isinstance(data_type, t.ArrayType):
        return Types.OBJECT_ARRAY(of_data_type(data_type.element_type))
    if isinstance(data_type, t.MapType):
        return Types.MAP(of_data_type(data_type.key_type), of_data_type(data_type.value_type))
    if isinstance(data_type, t.MultisetType):
        return Types.MAP(of_data_type(data_type.element_type), Types.INT())
    if isinstance(data_type, (t.BinaryType, t.VarBinaryType)):
        return Types.PRIMITIVE_ARRAY(Types.BYTE())
    return Types.PICKLED_BYTE_ARRAY()


def of_row(row_type: t.RowType) -> TypeInformation:
    """The type of whole rows."""
    types = [of_data_type(k) for k in row_type.field_types()]
    return Types.ROW_NAMED(row_type.field_names(), types)


def to_data_type(info: TypeInformation) -> t.DataType:
    """The type of a column that holds stream elements."""
    found = _TO_DATA.get(info._kind)
    if found is not None:
        return found
    kinds = [to_data_type(c) for c in info._children]
    if info._kind in ("ROW", "TUPLE"):
        names = list(info._names) or [f"f{i}" for i in range(len(kinds))]
        return t.RowType([t.RowField(n, k) for n, k in zip(names, kinds, strict=True)])
    if info._kind == "MAP":
        return t.MapType(kinds[0], kinds[1])
    if len(kinds) == 1:
        return t.ArrayType(kinds[0])
    return t.RawType("object")
