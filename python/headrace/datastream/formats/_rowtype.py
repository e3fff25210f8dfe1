"""Row types of the Table API as type information and in SQL."""

from __future__ import annotations

from typing import Any

from headrace.common.typeinfo import RowTypeInfo, TypeInformation, Types

_BASIC = {
    "CHAR": Types.STRING, "VARCHAR": Types.STRING, "STRING": Types.STRING,
    "BOOLEAN": Types.BOOLEAN, "TINYINT": Types.BYTE, "SMALLINT": Types.SHORT,
    "INT": Types.INT, "INTEGER": Types.INT, "BIGINT": Types.LONG, "FLOAT": Types.FLOAT,
    "DOUBLE": Types.DOUBLE, "DECIMAL": Types.BIG_DEC, "DATE": Types.SQL_DATE,
    "TIME": Types.SQL_TIME, "TIMESTAMP": Types.SQL_TIMESTAMP, "TIMESTAMP_LTZ": Types.INSTANT,
}  # fmt: skip


def row_type_info(row_type: Any) -> RowTypeInfo:
    """The type information of a RowTypeInfo or of a DataTypes.ROW."""
    if isinstance(row_type, RowTypeInfo):
        return row_type
    fields = getattr(row_type, "fields", None)
    if fields is None:
        raise TypeError(
            "a row type is needed, as DataTypes.ROW([DataTypes.FIELD('a', DataTypes.INT())]) or "
            f"Types.ROW_NAMED(['a'], [Types.INT()]), not {row_type!r}"
        )
    fields = fields() if callable(fields) else fields
    return RowTypeInfo(
        [type_info(field.data_type) for field in fields], [field.name for field in fields]
    )


def type_info(data_type: Any) -> TypeInformation:
    """The type information of a SQL data type."""
    if isinstance(data_type, TypeInformation):
        return data_type
    if getattr(data_type, "fields", None) is not None:
        return row_type_info(data_type)
    element = getattr(data_type, "element_type", None)
    if element is not None:
        return Types.LIST(type_info(element))
    key, value = getattr(data_type, "key_type", None), getattr(data_type, "value_type", None)
    if key is not None and value is not None:
        return Types.MAP(type_info(key), type_info(value))
    name = str(data_type).split("(")[0].split(" ")[0].upper()
    if "BINARY" in name or name == "BYTES":
        return Types.PRIMITIVE_ARRAY(Types.BYTE())
    if name not in _BASIC:
        raise TypeError(f"{data_type} has no type information here: use a RowTypeInfo")
    return _BASIC[name]()
