"""Elements of typed streams as Arrow columns, and back.

A stream's elements travel in one column, "value". The Arrow types are those of the engine's
columns; types that have none there (big integers, decimals, pickled) travel as live objects.
"""

from __future__ import annotations

import contextlib
import json
from array import array as MachineArray
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from headrace.common._arrow import shortest_float, to_array
from headrace.common.time import Instant
from headrace.common.typeinfo import TypeInformation, Types
from headrace.common.types import Row, RowKind
from headrace.datastream._printing import java_text

if TYPE_CHECKING:
    import pyarrow as pa

_ARRAYS = ("LIST", "PRIMITIVE_ARRAY", "BASIC_ARRAY", "OBJECT_ARRAY")
_NUMBERS = {"int8", "int16", "int32", "int64", "float", "double"}
_BITS = {"BYTE": 8, "SHORT": 16, "INT": 32, "LONG": 64}
_CLASSES = {"q": int, "d": float}
_LONG_LIST = 1000  # shorter ones are not worth loading the engine for
_CODES = {"BYTE": "b", "SHORT": "h", "INT": "i", "LONG": "q", "FLOAT": "f", "DOUBLE": "d"}


def arrow_type(type_info: TypeInformation) -> pa.DataType | None:
    """The Arrow type of the type's column, None where it has none."""
    import pyarrow as pa

    basic: dict[str, pa.DataType] = {
        "STRING": pa.string(), "CHAR": pa.string(), "BOOLEAN": pa.bool_(),
        "BYTE": pa.int8(), "SHORT": pa.int16(), "INT": pa.int32(), "LONG": pa.int64(),
        "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "SQL_DATE": pa.date32(),
        "SQL_TIME": pa.time64("us"), "SQL_TIMESTAMP": pa.timestamp("us"),
        "INSTANT": pa.timestamp("ns", "UTC"),
    }  # fmt: skip
    kind = type_info._kind
    if kind in basic:
        return basic[kind]
    children = [arrow_type(child) for child in type_info._children]
    if not children or any(child is None for child in children):
        return None
    if kind in ("ROW", "TUPLE"):
        names = type_info._names or [f"f{i}" for i in range(len(children))]
        return pa.struct(list(zip(names, children, strict=True)))
    if kind in _ARRAYS:
        return pa.list_(children[0])
    return pa.map_(children[0], children[1]) if kind == "MAP" else None


def as_table(values: Sequence[Any], type_info: TypeInformation) -> pa.Table | None:
    """A table of one column of checked values.

    None where the type has no column or rows are not insertions.
    """
    import pyarrow as pa

    column = arrow_type(type_info)
    if column is None:
        return None
    if isinstance(values, MachineArray):
        array = pa.Array.from_buffers(column, len(values), [None, pa.py_buffer(values)])
        return pa.table({"value": array})
    if type_info._kind == "ROW" and any(
        isinstance(v, Row) and v.get_row_kind() is not RowKind.INSERT for v in values
    ):
        return None
    return pa.table({"value": to_array(_each(_encoder(type_info), values), column)})


def shape_text(type_info: TypeInformation) -> str | None:
    """What Session.fetch needs to make elements; None where that is left to from_arrow."""
    return None if _has_floats(type_info) else json.dumps(shape_of(type_info))


def _has_floats(type_info: TypeInformation) -> bool:
    return type_info._kind == "FLOAT" or any(map(_has_floats, type_info._children))


def shape_of(type_info: TypeInformation) -> dict[str, Any]:
    """Where Session.fetch is to make tuples, and the names of fields."""
    kids = [shape_of(child) for child in type_info._children]
    names = list(type_info._names) or [f"f{i}" for i in range(len(kids))]
    return {"tuple": type_info._kind == "TUPLE", "names": names, "kids": kids}


def from_arrow(column: pa.Array, type_info: TypeInformation, kinds: bytes | None) -> list[Any]:
    """The elements of a column; kinds are the row kinds of its Rows, None for insertions."""
    elements = _each(_decoder(type_info), _plain(column))
    if kinds is not None:
        for element, kind in zip(elements, kinds, strict=True):
            if isinstance(element, Row):
                element.set_row_kind(RowKind(kind))
    return elements


def checked(values: list[Any], type_info: TypeInformation) -> Sequence[Any]:
    """Elements in the form that functions of the type give: Rows for ROW, tuples for TUPLE.

    Numbers without None are kept as an array of the machine's, which becomes a column uncopied.
    """
    code = _CODES.get(type_info._kind)
    if code is not None:
        plain = _plain_numbers(values, code)
        if plain is not None:
            return plain
        with contextlib.suppress(TypeError, OverflowError):
            return MachineArray(code, values)
    return _each(_checker(type_info), values)


def _plain_numbers(values: list[Any], code: str) -> Sequence[Any] | None:
    """A long list of nothing but ints, or floats, of 64 bits; None when it is anything else."""
    if len(values) < _LONG_LIST or code not in _CLASSES:
        return None
    from headrace._core import numbers

    raw = numbers(values, _CLASSES[code])
    if raw is None:
        return None
    made = MachineArray(code)
    made.frombytes(raw)
    return made


def _same(value: Any) -> Any:
    """What is to be done with a value of a type that needs nothing."""
    return value


def _each(convert: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    return list(values) if convert is _same else [convert(value) for value in values]


def _checker(type_info: TypeInformation) -> Callable[[Any], Any]:
    kind = type_info._kind
    children = [_checker(child) for child in type_info._children]
    if kind == "ROW":
        return lambda value: _as_row(value, type_info, children)
    if kind == "TUPLE":
        return lambda value: _as_tuple(value, type_info, children)
    if kind in _ARRAYS:
        return lambda value: value if value is None else [children[0](item) for item in value]
    if kind == "MAP":
        return lambda value: _as_map(value, *children)
    if kind in ("FLOAT", "DOUBLE"):
        return lambda value: _as_float(value, type_info)
    if kind in ("STRING", "CHAR"):
        return lambda value: value if isinstance(value, str) else _as_text(value, type_info)
    if kind == "BOOLEAN":
        return lambda value: value if isinstance(value, bool) else _as_boolean(value, type_info)
    if kind in _BITS:
        return lambda value: _as_integer(value, type_info, _BITS[kind])
    return _same


def _as_row(value: Any, type_info: TypeInformation, children: list[Callable[[Any], Any]]) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        items = [value.get(name) for name in type_info._names]
    elif isinstance(value, Row) and value._fields is not None and type_info._names:
        items = value.get_fields_by_names(type_info._names)
    elif isinstance(value, (tuple, list, Row)):
        items = list(value)
    else:
        raise TypeError(f"{value!r} is no Row, tuple or list, which {type_info} takes")
    if len(items) != len(children):
        raise ValueError(f"{value!r} has {len(items)} fields, {type_info} has {len(children)}")
    row = Row(*(child(item) for child, item in zip(children, items, strict=True)))
    row.set_field_names(list(type_info._names) or [f"f{i}" for i in range(len(children))])
    if isinstance(value, Row):
        row.set_row_kind(value.get_row_kind())
    return row


def _as_tuple(value: Any, type_info: TypeInformation, children: list[Callable[[Any], Any]]) -> Any:
    if value is None:
        return None
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{value!r} is no tuple or list, which {type_info} takes")
    if len(value) != len(children):
        raise ValueError(f"{value!r} has {len(value)} fields, {type_info} has {len(children)}")
    return tuple(child(item) for child, item in zip(children, value, strict=True))


def _as_map(value: Any, key: Callable[[Any], Any], item: Callable[[Any], Any]) -> Any:
    return value if value is None else {key(k): item(v) for k, v in value.items()}


def _as_integer(value: Any, type_info: TypeInformation, bits: int) -> Any:
    if value is None or isinstance(value, bool):
        return value if value is None else int(value)
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no int, which {type_info} takes")
    # A value that is too large keeps its lowest bits, as a Java cast does.
    bound = 1 << (bits - 1)
    return (value + bound) % (1 << bits) - bound


def _as_float(value: Any, type_info: TypeInformation) -> Any:
    if value is None or isinstance(value, float):
        return value
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no float, which {type_info} takes")
    return float(value)


def _as_text(value: Any, type_info: TypeInformation) -> Any:
    """The text that Java's toString() gives; None stays."""
    if value is None:
        return None
    if isinstance(value, (bool, int, float, Decimal)):
        kind = Types.BOOLEAN() if isinstance(value, bool) else Types.BIG_INT()
        return java_text(Types.DOUBLE() if isinstance(value, float) else kind, value)
    raise TypeError(f"{value!r} is no str, which {type_info} takes: write str(value)")


def _as_boolean(value: Any, type_info: TypeInformation) -> Any:
    if value is None:
        return None
    raise TypeError(f"{value!r} is no bool, which {type_info} takes: write bool(value)")


def _encoder(type_info: TypeInformation) -> Callable[[Any], Any]:
    kind = type_info._kind
    children = [_encoder(child) for child in type_info._children]
    if kind in ("ROW", "TUPLE"):
        names = type_info._names or tuple(f"f{i}" for i in range(len(children)))

        def fields(value: Any) -> Any:
            if value is None:
                return None
            items = zip(names, children, value, strict=True)
            return {name: child(item) for name, child, item in items}

        return fields
    if kind in _ARRAYS:
        return lambda value: value if value is None else [children[0](item) for item in value]
    if kind == "MAP":
        key, item = children
        return lambda value: (
            value if value is None else [(key(k), item(v)) for k, v in value.items()]
        )
    if kind == "INSTANT":
        return lambda value: value if value is None else value.seconds * 10**9 + value.nanos
    return _same


def _decoder(type_info: TypeInformation) -> Callable[[Any], Any]:
    kind = type_info._kind
    children = [_decoder(child) for child in type_info._children]
    if kind == "ROW":
        return lambda value: _decoded_row(value, type_info, children)
    if kind == "TUPLE":
        return lambda value: (
            value
            if value is None
            else tuple(child(item) for child, item in zip(children, value.values(), strict=True))
        )
    if kind in _ARRAYS:
        return lambda value: value if value is None else [children[0](item) for item in value]
    if kind == "MAP":
        key, item = children
        return lambda value: value if value is None else {key(k): item(v) for k, v in value}
    if kind == "INSTANT":
        return lambda value: value if value is None else Instant(*divmod(value, 10**9))
    return shortest_float if kind == "FLOAT" else _same


def _decoded_row(
    value: Any, type_info: TypeInformation, children: list[Callable[[Any], Any]]
) -> Any:
    if value is None:
        return None
    row = Row(*(child(item) for child, item in zip(children, value.values(), strict=True)))
    row._fields = list(type_info._names) or [f"f{i}" for i in range(len(children))]
    return row


def _plain(column: pa.Array) -> list[Any]:
    """Python values, instants as nanoseconds at any depth."""
    plain: list[Any]
    if column.null_count == 0 and str(column.type) in _NUMBERS:
        with contextlib.suppress(ImportError):  # pyarrow does without numpy
            plain = column.to_numpy().tolist()
            return plain
    plain = column.cast(_without_zones(column.type)).to_pylist()
    scale = _to_nanoseconds(column.type)
    return plain if scale is None else [scale(value) for value in plain]


_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}


def _to_nanoseconds(kind: pa.DataType) -> Callable[[Any], Any] | None:
    """What turns the instants in plain values into nanoseconds; None where they are that."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.tz is not None:
        unit = _NANOSECONDS[kind.unit]
        return None if unit == 1 else lambda value: value if value is None else value * unit
    if pa.types.is_struct(kind):
        scales = {field.name: _to_nanoseconds(field.type) or _same for field in kind}
        if all(scale is _same for scale in scales.values()):
            return None
        return lambda value: (
            value if value is None else {name: scales[name](item) for name, item in value.items()}
        )
    if pa.types.is_list(kind):
        each = _to_nanoseconds(kind.value_type)
        if each is None:
            return None
        return lambda value: value if value is None else [each(item) for item in value]
    if pa.types.is_map(kind):
        key, item = _to_nanoseconds(kind.key_type), _to_nanoseconds(kind.item_type)
        if key is None and item is None:
            return None
        key, item = key or _same, item or _same
        return lambda value: value if value is None else [(key(k), item(v)) for k, v in value]
    return None


def _without_zones(kind: pa.DataType) -> pa.DataType:
    """The type with timestamps as integers, which lose nothing."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.int64()
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _without_zones(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(_without_zones(kind.value_type))
    if pa.types.is_map(kind):
        return pa.map_(_without_zones(kind.key_type), _without_zones(kind.item_type))
    return kind
