"""Type information as SQL types, for sources and sinks that are tables."""

from __future__ import annotations

from headrace.common.typeinfo import RowTypeInfo, TypeInformation

_SQL = {
    "STRING": "STRING", "CHAR": "STRING", "BOOLEAN": "BOOLEAN", "BYTE": "TINYINT",
    "SHORT": "SMALLINT", "INT": "INT", "LONG": "BIGINT", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE",
    "BIG_INT": "DECIMAL(38, 0)", "BIG_DEC": "DECIMAL(38, 18)", "SQL_DATE": "DATE",
    "SQL_TIME": "TIME(3)", "SQL_TIMESTAMP": "TIMESTAMP(6)", "INSTANT": "TIMESTAMP_LTZ(9)",
}  # fmt: skip


def sql_type(type_info: TypeInformation) -> str:
    """The SQL type of a value.

    >>> from headrace.common import Types
    >>> sql_type(Types.MAP(Types.STRING(), Types.ROW([Types.INT()])))
    'MAP<STRING, ROW<`f0` INT>>'
    """
    kind, children = type_info._kind, [sql_type(child) for child in type_info._children]
    if kind in _SQL:
        return _SQL[kind]
    if isinstance(type_info, RowTypeInfo) or kind == "TUPLE":
        names = type_info._names or [f"f{i}" for i in range(len(children))]
        fields = (f"`{name}` {child}" for name, child in zip(names, children, strict=True))
        return f"ROW<{', '.join(fields)}>"
    if kind == "PRIMITIVE_ARRAY" and type_info._children[0]._kind == "BYTE":
        return "BYTES"
    if kind == "MAP":
        return f"MAP<{children[0]}, {children[1]}>"
    return f"ARRAY<{children[0]}>" if children else "RAW('pickle', '')"


def columns_json(row: RowTypeInfo) -> list[dict[str, str]]:
    """The columns of planpb.TableSchema."""
    fields = zip(row.get_field_names(), row.get_field_types(), strict=True)
    return [{"name": name, "type": sql_type(child)} for name, child in fields]
