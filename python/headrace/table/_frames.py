"""Results as Arrow tables and data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table import _values
from headrace.table import types as t

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from headrace.table.table_result import TableResult

_TAKEN_BACK = (1, 3)  # -U and -D


def to_arrow(result: TableResult) -> pa.Table:
    """All rows as one table; rows that an updating query takes back are not in it."""
    import pyarrow as pa

    batches, updates = [], []
    for batch, kind in result._arrow():
        batches.append(batch)
        updates.append(kind)
    fields = result._row_type.fields
    if batches:
        table = pa.Table.from_batches(batches).rename_columns([f.name for f in fields])
    else:
        table = pa.schema([(f.name, t.to_arrow_type(f.data_type)) for f in fields]).empty_table()
    if all(k is None or not any(k) for k in updates):
        return table
    pairs = zip(batches, updates, strict=True)
    kinds = b"".join(bytes(b.num_rows) if k is None else k for b, k in pairs)
    return table.take(_remaining(result, batches, kinds))


def _remaining(result: TableResult, batches: list[Any], kinds: bytes) -> list[int]:
    """The rows that were not taken back, by index."""
    types = [_values.shown(k) for k in result._row_type.field_types()]
    rows = [r for b in batches for r in _values.rows(b, None, types, "UTC")]
    alive: dict[Any, list[int]] = {}
    for i, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        key = _key(list(row))
        if kind in _TAKEN_BACK:
            waiting = alive.get(key)
            if waiting:
                waiting.pop()
        else:
            alive.setdefault(key, []).append(i)
    return sorted(i for waiting in alive.values() for i in waiting)


def _key(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or type(value).__name__ == "Row":
        return tuple(_key(v) for v in value)
    if isinstance(value, dict):
        return frozenset((_key(k), _key(v)) for k, v in value.items())
    if isinstance(value, float) and value != value:
        return _key  # one NaN is as good as another
    return value


def to_pandas(result: TableResult) -> pd.DataFrame:
    """All rows as a data frame; instants are shown in the session's time zone."""
    import pandas as pd
    import pyarrow as pa

    table = to_arrow(result)
    here = result._zone()
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            column = table.column(i).cast(pa.timestamp(field.type.unit, here))
            table = table.set_column(i, field.name, column)
    frame: pd.DataFrame = table.to_pandas(date_as_object=True)
    for i, kind in enumerate(result._row_type.field_types()):
        if isinstance(kind, t.VariantType):
            values = [v for c in table.column(i).chunks for v in _values.values(c, kind, here)]
            frame.isetitem(i, pd.Series(values, frame.index, object))
    for i, field in enumerate(table.schema):
        if pa.types.is_string(field.type):  # objects, whatever pandas makes of texts
            frame.isetitem(i, pd.Series(table.column(i).to_numpy(), frame.index, object))
    return frame
