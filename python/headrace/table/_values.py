"""Columns of Arrow as Python values, whole columns at a time."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from headrace.common._arrow import shortest_float
from headrace.common.types import Row, RowKind
from headrace.table import types as t

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = (RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE)
_EPOCH = datetime.datetime(1970, 1, 1)
_UTC = datetime.timezone.utc


def rows(
    batch: pa.RecordBatch, kinds: bytes | None, columns: Sequence[t.DataType], zone: str
) -> list[Row]:
    """The rows of a batch, in the values that PyFlink gives."""
    if batch.num_columns == 0:
        return [_row((), 0) for _ in range(batch.num_rows)]
    made = [values(batch.column(i), c, zone) for i, c in enumerate(columns)]
    if kinds is None:
        return [_row(fields, 0) for fields in zip(*made, strict=True)]
    return [_row(fields, k) for fields, k in zip(zip(*made, strict=True), kinds, strict=True)]


def _row(fields: tuple[Any, ...], kind: int) -> Row:
    row = Row(*fields)
    if kind:
        row._row_kind = _KINDS[kind]
    return row


def values(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    """A column as a list: TIMESTAMP as datetime, ROW as Row, MAP as dict, DECIMAL as Decimal."""
    convert = _COLUMNS.get(type(data_type))
    if convert is None:
        try:
            plain: list[Any] = array.to_pylist()
        except UnicodeDecodeError:  # a file of another program may hold such text
            raw = array.cast("binary").to_pylist()
            return [None if v is None else v.decode("utf-8", "replace") for v in raw]
        return plain
    return convert(array, data_type, zone)


def _floats(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    return [shortest_float(v) for v in array.to_pylist()]


def _timestamps(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    return [None if v is None else _EPOCH + v for v in _since_epoch(array)]


def _instants(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    here = tzinfo(zone)
    return [
        None if v is None else (_EPOCH + v).replace(tzinfo=_UTC).astimezone(here)
        for v in _since_epoch(array)
    ]


def _since_epoch(array: pa.Array) -> list[datetime.timedelta | None]:
    """The spans since 1970; Python's datetime knows no nanoseconds, which are cut off."""
    import pyarrow as pa

    factor = {"ms": 1000, "us": 1, "s": 1_000_000}.get(array.type.unit)
    counts = array.cast(pa.int64()).to_pylist()
    if factor is None:
        return [None if c is None else datetime.timedelta(microseconds=c // 1000) for c in counts]
    return [None if c is None else datetime.timedelta(microseconds=c * factor) for c in counts]


def tzinfo(zone: str) -> datetime.tzinfo:
    """A time zone by name, or as an offset: "GMT-08:00"."""
    from headrace._runtime.functions import zone as parse

    return parse(zone) or ZoneInfo("UTC")


def _exact_timestamps(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    """Nanoseconds since 1970 as text, with the digits that the type has."""
    import pyarrow as pa

    counts = array.cast(pa.int64()).to_pylist()
    precision = int(getattr(data_type, "precision", 9))
    here = tzinfo(zone) if isinstance(data_type, t.LocalZonedTimestampType) else _UTC
    return [None if c is None else _exact(c, precision, here) for c in counts]


def _exact(nanoseconds: int, precision: int, zone: datetime.tzinfo) -> str:
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    whole = (_EPOCH + datetime.timedelta(seconds=seconds)).replace(tzinfo=_UTC).astimezone(zone)
    text = whole.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    return f"{text}.{fraction:09d}"[: len(text) + 1 + precision]


def _variants(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    return [None if v is None else json.loads(v) for v in array.to_pylist()]


def _variant_texts(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    return [None if v is None else v.decode() for v in array.to_pylist()]


def _lists(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    assert isinstance(data_type, t.ArrayType)
    items = values(array.values, data_type.element_type, zone)
    return _cut(array, lambda start, end: items[start:end])


def _maps(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    if isinstance(data_type, t.MapType):
        kinds = (data_type.key_type, data_type.value_type)
    else:
        assert isinstance(data_type, t.MultisetType)
        kinds = (data_type.element_type, t.IntType())
    keys = [_hashable(k) for k in values(array.keys, kinds[0], zone)]
    items = values(array.items, kinds[1], zone)
    return _cut(
        array, lambda start, end: dict(zip(keys[start:end], items[start:end], strict=True))
    )


def _hashable(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


def _cut(array: pa.Array, part: Callable[[int, int], Any]) -> list[Any]:
    ends = array.offsets.to_pylist()
    valid = array.is_valid().to_pylist()
    return [part(ends[i], ends[i + 1]) if valid[i] else None for i in range(len(array))]


def _structs(array: pa.Array, data_type: t.DataType, zone: str) -> list[Any]:
    assert isinstance(data_type, t.RowType)
    types = data_type.field_types()
    fields = array.flatten() if array.null_count else [array.field(i) for i in range(len(types))]
    columns = [values(f, k, zone) for f, k in zip(fields, types, strict=True)]
    valid = array.is_valid().to_pylist()
    if not columns:
        return [Row() if v else None for v in valid]
    made = zip(*columns, strict=True)
    return [Row(*row) if v else None for v, row in zip(valid, made, strict=True)]


_COLUMNS: dict[type, Callable[[Any, t.DataType, str], list[Any]]] = {
    t.FloatType: _floats,
    t.TimestampType: _timestamps,
    t.LocalZonedTimestampType: _instants,
    t.ArrayType: _lists,
    t.MapType: _maps,
    t.MultisetType: _maps,
    t.RowType: _structs,
    t.VariantType: _variants,
}


class _ExactTimestamp(t.TimestampType):
    """A TIMESTAMP whose values are texts."""


class _ExactInstant(t.LocalZonedTimestampType):
    """A TIMESTAMP_LTZ whose values are texts."""


class _VariantText(t.VariantType):
    """A VARIANT whose values are texts."""


def shown(data_type: t.DataType) -> t.DataType:
    """The type with texts in place of what Python's values would not show in full."""
    found = copy.copy(data_type)
    if type(data_type) is t.VariantType:
        found.__class__ = _VariantText
    elif int(getattr(data_type, "precision", 0)) > 6:
        if type(data_type) is t.TimestampType:
            found.__class__ = _ExactTimestamp
        elif type(data_type) is t.LocalZonedTimestampType:
            found.__class__ = _ExactInstant
    for name, part in vars(data_type).items():
        if isinstance(part, t.DataType):
            setattr(found, name, shown(part))
    if isinstance(data_type, t.RowType):
        fields = [t.RowField(f.name, shown(f.data_type), f.description) for f in data_type.fields]
        return t.RowType(fields, data_type._nullable)
    return found


_COLUMNS.update({
    _ExactTimestamp: _exact_timestamps,
    _ExactInstant: _exact_timestamps,
    _VariantText: _variant_texts,
})
