"""The external sort: as sorted() by sort_key, whatever the keys are and wherever runs are cut."""

from __future__ import annotations

import datetime
import decimal
import random
from collections.abc import Callable
from typing import Any

import pytest

from headrace.common import Row
from headrace.datastream._operators.ordering import sort_key
from headrace.datastream._operators.sorting import FieldKey, SortedRows

_NAN = float("nan")
_DAY = datetime.date(2026, 1, 1)
_KEYS: dict[str, Callable[[random.Random, int], Any]] = {
    "int": lambda r, i: r.randrange(300),
    "large int": lambda r, i: r.randrange(-3, 3) * 10**400,
    "str": lambda r, i: r.choice(["", "a", "ab", "ä", "b", "\U0001f600"]),
    "bytes": lambda r, i: r.randbytes(1),
    "float": lambda r, i: r.choice([0.0, -0.0, 1.5, float("-inf"), float("inf")]),
    "float, late NaN": lambda r, i: _NAN if i > 900 and i % 7 == 0 else float(r.randrange(50)),
    "float, early NaN": lambda r, i: _NAN if i == 3 else r.random(),
    "numbers": lambda r, i: r.choice([1, True, 1.0, 0, False, 2.5, 10**20]),
    "int, late float": lambda r, i: r.randrange(9) + (0.5 if i > 700 else 0),
    "int, late NaN": lambda r, i: _NAN if i == 990 else r.randrange(50),
    "int, late None": lambda r, i: None if i > 990 else r.randrange(50),
    "int, late str": lambda r, i: str(i) if i > 500 else i,
    "str, late bytes": lambda r, i: b"a" if i > 800 else r.choice("abc"),
    "decimal": lambda r, i: decimal.Decimal(r.randrange(90)) / 10,
    "date": lambda r, i: _DAY + datetime.timedelta(days=r.randrange(40)),
    "date, late datetime": lambda r, i: datetime.datetime(2026, 1, 1) if i > 600 else _DAY,
    "datetime": lambda r, i: datetime.datetime(2026, 1, 1, r.randrange(24)),
    "tuple": lambda r, i: (r.randrange(3), r.choice([None, "a", "b"])),
    "None": lambda r, i: None,
    "all": lambda r, i: r.choice([None, 1, _NAN, 0.5, "a", b"a", (1, None), (1, 2), _DAY]),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1 << 20, 20_000, 300], ids=["kept", "spilled", "many runs"])
@pytest.mark.parametrize("kind", _KEYS)
def test_the_order_is_that_of_sort_key_and_stable(kind: str, limit: int, descending: bool) -> None:
    rng = random.Random(kind)
    values = [(_KEYS[kind](rng, i), i) for i in range(1000)]
    expected = [i for _, i in sorted(values, key=lambda row: sort_key(row[0]), reverse=descending)]
    for key in (FieldKey(0), lambda row: row[0]):
        rows = SortedRows(key, descending, limit)
        for value in values:
            rows.append(value)
        assert rows.spilled == (limit < 1 << 20)
        assert sorted(i for _, i in rows) == list(range(1000))
        assert [i for _, i in rows.drain()] == expected
        assert len(rows) == 0


def test_a_field_of_a_row_goes_by_name_and_position() -> None:
    made = [Row(name=name, n=n) for n, name in enumerate("cab")]
    for field in ("name", 0):
        rows = SortedRows(FieldKey(field), False, 1 << 20)
        for row in made:
            rows.append(row)
        assert [row.n for row in rows.drain()] == [1, 2, 0]


def test_an_element_without_the_field_is_told() -> None:
    rows = SortedRows(FieldKey(1), False, 1 << 20)
    rows.append((1,))
    with pytest.raises(IndexError):
        list(rows.drain())
