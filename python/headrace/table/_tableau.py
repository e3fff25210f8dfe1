"""Prints rows as a table, in the layout of Flink's SQL client."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

from headrace.common.types import Row
from headrace.table import types as t
from headrace.table._text import cell

_MAX_WIDTH = 30
_NULL = "<NULL>"


def write(
    rows: Iterable[Row],
    row_type: t.RowType,
    zone: str,
    *,
    by_type: bool,
    kinds: bool,
    width: int = _MAX_WIDTH,
    null: str = _NULL,
) -> None:
    """Prints all rows.

    With by_type columns are as wide as their types need, texts `width` characters, so that each row
    can be printed when it comes; else the rows are measured first. With kinds a column says what
    each row does.
    """
    names, types = row_type.field_names(), row_type.field_types()
    if by_type:
        widths = [_type_width(f.name, f.data_type, width) for f in row_type.fields]
        cells = (_cells(row, types, zone, null) for row in rows)
        if kinds:
            names, widths = ["op", *names], [2, *widths]
            cells = ([str(row.get_row_kind()), *_cells(row, types, zone, null)] for row in rows)
        _print(cells, names, widths, True)
        return
    table = [_cells(row, types, zone, null) for row in rows]
    widths = [
        max([_width(name), *(_width(row[i]) for row in table)]) for i, name in enumerate(names)
    ]
    _print(iter(table), names, widths, False)


def _print(
    rows: Iterator[list[str]], names: Sequence[str], widths: Sequence[int], at_once: bool
) -> None:
    border = "+" + "+".join("-" * (w + 2) for w in widths) + "+"
    count = 0
    for row in rows:
        if count == 0:
            print(border)
            print(_line(names, widths))
            print(border)
        print(_line(row, widths), flush=at_once)
        count += 1
    if count == 0:
        print("Empty set")
        return
    print(border)
    print("1 row in set" if count == 1 else f"{count} rows in set")


def _cells(row: Row, types: Sequence[t.DataType], zone: str, null: str) -> list[str]:
    return [null if v is None else cell(v, k, zone) for v, k in zip(row, types, strict=True)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "|" + "|".join(f" {_fit(c, w)} " for c, w in zip(cells, widths, strict=True)) + "|"


def _fit(text: str, width: int) -> str:
    """The text on the right of a field, cut with dots where it is too long."""
    if _width(text) > width:
        while text and _width(text) > width - 3:
            text = text[:-1]
        text += "..."
    return " " * (width - _width(text)) + text


def _width(text: str) -> int:
    """The number of places on a terminal: wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _digits(precision: int, none: int) -> int:
    return none if precision == 0 else none + 1 + precision


_WIDTHS: dict[type, Callable[[t.DataType], int]] = {
    t.TinyIntType: lambda k: 4,
    t.SmallIntType: lambda k: 6,
    t.IntType: lambda k: 11,
    t.BigIntType: lambda k: 20,
    t.DecimalType: lambda k: int(getattr(k, "precision", 0)) + 2,
    t.BooleanType: lambda k: 5,
    t.DateType: lambda k: 10,
    t.TimeType: lambda k: _digits(getattr(k, "precision", 0), 8),
    t.TimestampType: lambda k: _digits(getattr(k, "precision", 0), 19),
    t.LocalZonedTimestampType: lambda k: _digits(getattr(k, "precision", 0), 19),
}


def _type_width(name: str, data_type: t.DataType, other: int) -> int:
    width = _WIDTHS.get(type(data_type))
    return max(_width(name), len(_NULL), other if width is None else width(data_type))
