"""Rows of Python, pandas and Arrow as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.common._arrow import to_array
from headrace.common.types import Row
from headrace.table import _json, _values
from headrace.table import types as t
from headrace.table._expr.base import Base, json_of
from headrace.table._rels import Json
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    import pyarrow as pa

    from headrace._core import Session


def elements_rel(
    session: Session, elements: Iterable[Any], schema: Any, verify_schema: bool
) -> Json:
    """The relation of from_elements."""
    rows = list(elements)
    if any(isinstance(r, Base) for r in rows) or any(
        isinstance(v, Base) for r in rows if isinstance(r, (tuple, list, Row)) for v in r
    ):
        return _values_rel(rows, schema)
    row_type, rows = _shaped(rows, schema, verify_schema)
    columns = [[r[i] for r in rows] for i in range(len(row_type))]
    arrays = [
        _array(column, f.data_type, f"{f.name}")
        for column, f in zip(columns, row_type.fields, strict=True)
    ]
    return _inline(session, arrays, row_type)


def _values_rel(rows: list[Any], schema: Any) -> Json:
    """Rows that hold expressions: VALUES."""
    made = [
        _json.call("row", *map(json_of, r)) if isinstance(r, (tuple, list, Row)) else json_of(r)
        for r in rows
    ]
    if isinstance(schema, t.RowType):
        return {"values": {"rowType": schema.sql(), "rows": made}}
    rel: Json = {"values": {"rows": made}}
    return {"alias": {"input": rel, "names": list(schema)}} if schema else rel


def _shaped(
    rows: list[Any], schema: Any, verify_schema: bool
) -> tuple[t.RowType, list[Sequence[Any]]]:
    """The type of the rows, and each row as a sequence of its fields."""
    if isinstance(schema, t.RowType):
        return schema, [_fields(r, schema, verify_schema) for r in rows]
    if isinstance(schema, t.DataType):
        return t.RowType([t.RowField("value", schema)]), [(r,) for r in rows]
    if not rows:
        raise ApiError("from_elements() of no rows needs a schema of DataTypes.ROW([…])")
    if not isinstance(rows[0], (tuple, list, Row, dict)):
        rows = [(r,) for r in rows]
    merged: t.DataType = t.NullType()
    for row in rows:
        merged = t.merge(merged, t.infer(_as_row(row)))
    assert isinstance(merged, t.RowType)
    if schema:
        names = [schema] if isinstance(schema, str) else list(schema)
        if len(names) > len(merged):
            raise ApiError(f"{len(names)} names for rows of {len(merged)} fields")
        for field, name in zip(merged.fields, names, strict=False):
            field.name = name
    return merged, [_fields(r, merged, False) for r in rows]


def _as_row(row: Any) -> Any:
    if isinstance(row, dict):
        return Row(**dict(sorted(row.items())))
    return tuple(row) if isinstance(row, list) else row


def _fields(row: Any, row_type: t.RowType, verify: bool) -> Sequence[Any]:
    names = row_type.field_names()
    if isinstance(row, dict):
        out: Sequence[Any] = [row.get(n) for n in names]
    elif isinstance(row, Row) and row._fields is not None and set(names) == set(row._fields):
        out = row.get_fields_by_names(names)
    elif isinstance(row, (tuple, list, Row)):
        out = list(row)
    else:
        out = [row]
    if len(out) != len(names):
        raise ValueError(f"{row!r} has {len(out)} fields, the schema has {len(names)}: {names}")
    if verify:
        for value, field in zip(out, row_type.fields, strict=True):
            _verify(value, field)
    return out


def _verify(value: Any, field: t.RowField) -> None:
    if value is None and not field.data_type._nullable:
        raise ValueError(f"field {field.name}: NULL in a column of {field.data_type.sql()}")
    wanted = _ACCEPTED.get(type(field.data_type))
    if value is None or wanted is None or isinstance(value, wanted) or hasattr(value, "item"):
        return
    raise TypeError(
        f"field {field.name}: {value!r} of type {type(value).__name__} is no value of "
        f"{field.data_type.sql()}"
    )


_ACCEPTED: dict[type, tuple[type, ...]] = {
    t.TinyIntType: (int,),
    t.SmallIntType: (int,),
    t.IntType: (int,),
    t.BigIntType: (int,),
    t.BooleanType: (bool,),
    t.CharType: (str,),
    t.VarCharType: (str,),
    t.FloatType: (int, float),
    t.DoubleType: (int, float),
    t.ArrayType: (list, tuple, set),
    t.MapType: (dict,),
    t.RowType: (tuple, list, Row, dict),
    t.BinaryType: (bytes, bytearray),
    t.VarBinaryType: (bytes, bytearray),
}


def _array(column: list[Any], data_type: t.DataType, name: str) -> pa.Array:
    import pyarrow as pa

    try:
        return to_array([plain(v, data_type) for v in column], t.to_arrow_type(data_type))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise TypeError(f"field {name}: not a value of {data_type.sql()}: {error}") from error


def plain(value: Any, data_type: t.DataType) -> Any:
    """A value as pyarrow takes it for the column's type."""
    if value is None:
        return None
    if isinstance(data_type, t.UserDefinedType):
        return plain(data_type.to_sql_type(value), data_type.sql_type())
    if isinstance(data_type, t.RowType):
        fields = _fields(value, data_type, False)
        pairs = zip(data_type.fields, fields, strict=True)
        return {f.name: plain(v, f.data_type) for f, v in pairs}
    if isinstance(data_type, t.ArrayType):
        return [plain(v, data_type.element_type) for v in value]
    if isinstance(data_type, t.MapType):
        key, item = data_type.key_type, data_type.value_type
        pairs = value.items() if hasattr(value, "items") else value
        return [(plain(k, key), plain(v, item)) for k, v in pairs]
    if isinstance(data_type, t.MultisetType):
        return [(plain(k, data_type.element_type), n) for k, n in value.items()]
    if isinstance(data_type, (t.FloatType, t.DoubleType)):
        return float(value)
    if isinstance(data_type, t.DecimalType):
        import decimal

        return decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-data_type.scale))
    return value


def frame_rel(session: Session, frame: Any, schema: Any, zone: str = "UTC") -> Json:
    """The relation of from_pandas; times without a zone are of the session's for TIMESTAMP_LTZ."""
    import pyarrow as pa

    if len(frame.columns) == 0:
        raise ApiError("from_pandas() needs a frame with at least one column")
    if not isinstance(schema, (str, t.RowType)) and schema:
        given = list(schema)
        if len(given) == len(frame.columns) and all(isinstance(g, t.DataType) for g in given):
            pairs = zip(frame.columns, given, strict=True)
            schema = t.RowType([t.RowField(str(n), k) for n, k in pairs])
    if isinstance(schema, t.RowType) and len(schema) == len(frame.columns):
        fields = enumerate(schema.fields)
        return _inline(session, [_series(frame.iloc[:, i], f, zone) for i, f in fields], schema)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return arrow_rel(session, table, schema)


def _series(series: Any, field: t.RowField, zone: str) -> pa.Array:
    """A column of a frame in a type that was given: what it cannot hold is cut off, as in numpy."""
    import pyarrow as pa

    kind = t.to_arrow_type(field.data_type)
    if isinstance(field.data_type, (t.MapType, t.MultisetType, t.RowType, t.UserDefinedType)):
        values = [None if isinstance(v, float) and v != v else v for v in series]
        return _array(values, field.data_type, field.name)
    plain_time = series.dtype.kind == "M" and getattr(series.dtype, "tz", None) is None
    if plain_time and isinstance(field.data_type, t.LocalZonedTimestampType):
        here = _values.tzinfo(zone)
        series = series.dt.tz_localize(here, ambiguous=True, nonexistent="shift_forward")
    try:
        return pa.Array.from_pandas(series, type=kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        pass  # of another kind: cast
    try:
        return pa.Array.from_pandas(series).cast(kind, safe=False)
    except pa.ArrowException as error:
        name, sql = field.name, field.data_type.sql()
        raise TypeError(f"field {name}: not values of {sql}: {error}") from error


def arrow_rel(session: Session, data: Any, schema: Any) -> Json:
    """The relation of from_arrow; without a schema of types the memory is not copied."""
    import pyarrow as pa

    if not hasattr(data, "schema") or not hasattr(data, "column"):
        data = pa.table(data)
    columns = [data.column(i) for i in range(data.num_columns)]
    names = [str(n) for n in data.schema.names]
    if isinstance(schema, t.RowType):
        if len(schema) != len(columns):
            raise ApiError(f"a schema of {len(schema)} columns for data of {len(columns)}")
        wanted = [t.to_arrow_type(f.data_type) for f in schema.fields]
        columns = [c.cast(k) for c, k in zip(columns, wanted, strict=True)]
        return _inline(session, columns, schema)
    if schema:
        given = [schema] if isinstance(schema, str) else list(schema)
        types = [g for g in given if isinstance(g, t.DataType)]
        if len(types) == len(columns):
            pairs = zip(columns, types, strict=True)
            columns = [c.cast(t.to_arrow_type(k)) for c, k in pairs]
        else:
            names[: len(given)] = [str(g) for g in given]
    table = pa.table([_plain_layout(c) for c in columns], names=names)
    return {"inline": {"handle": session.put_arrow(table)}}


def _plain_layout(column: Any) -> Any:
    """The column in a layout that the engine has: no dictionaries, views or 64-bit offsets."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain_layout(column.cast(kind.value_type))
    if pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_large_binary(kind):
        return column.cast(pa.binary())
    if pa.types.is_large_list(kind):
        return column.cast(pa.list_(kind.value_type))
    return column


def _inline(session: Session, columns: list[Any], row_type: t.RowType) -> Json:
    """Rows of a declared type: casts what Arrow's types do not tell."""
    import pyarrow as pa

    table = pa.table(columns, names=row_type.field_names())
    rel: Json = {"inline": {"handle": session.put_arrow(table), "schema": row_type.sql()}}
    if not any(_untold(f.data_type) for f in row_type.fields):
        return rel
    exprs = [
        {"as": {"arg": _json.cast(_json.column(f.name), f.data_type), "names": [f.name]}}
        if _untold(f.data_type)
        else _json.column(f.name)
        for f in row_type.fields
    ]
    return {"project": {"input": rel, "exprs": exprs}}


def _untold(data_type: t.DataType) -> bool:
    """Whether Arrow's type says less than the data type."""
    if isinstance(data_type, (t.CharType, t.BinaryType)):
        return True
    if isinstance(data_type, (t.VarCharType, t.VarBinaryType)):
        return data_type.length != t._MAX
    if isinstance(data_type, (t.TimestampType, t.LocalZonedTimestampType, t.TimeType)):
        return data_type.precision not in (3, 6, 9)
    return isinstance(data_type, t.YearMonthIntervalType)
