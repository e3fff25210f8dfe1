"""Expressions: their text, their literals and their values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from conftest import rows

from headrace.table import DataTypes, TableEnvironment
from headrace.table.expression import Expression, JsonOnNull, TimeIntervalUnit, TimePointUnit
from headrace.table.expressions import (
    and_,
    array,
    call_sql,
    coalesce,
    col,
    concat_ws,
    date_format,
    if_then_else,
    json_object,
    lit,
    map_,
    not_,
    row,
    timestamp_diff,
)
from headrace.util.exceptions import ApiError

WHEN = datetime.datetime(2024, 2, 29, 12, 30, 1)
UTC = datetime.timezone.utc


def test_text() -> None:
    assert str(-(col("a") + 1)) == "minusPrefix(plus(a, 1))"
    assert str(col("a").alias("b")) == "as(a, 'b')"
    assert str(1 - col("a").cast(DataTypes.INT())) == "minus(1, cast(a, INT))"


def test_an_expression_has_no_truth() -> None:
    with pytest.raises(ApiError, match=r"write & \| ~"):
        bool(col("a") == 1)


VALUES: list[tuple[Expression, object]] = [
    (lit(2**40), 2**40),
    (lit(Decimal("1.50")), Decimal("1.50")),
    (lit(WHEN), WHEN),
    (lit(datetime.date(2024, 1, 2)), datetime.date(2024, 1, 2)),
    (lit(datetime.time(1, 2, 3)), datetime.time(1, 2, 3)),
    (lit(datetime.timedelta(hours=26)), datetime.timedelta(hours=26)),
    (lit(WHEN.replace(tzinfo=UTC)), WHEN.replace(tzinfo=UTC)),
    (lit(b"\x00\xff"), b"\x00\xff"),
    (lit([1, None], DataTypes.ARRAY(DataTypes.BIGINT())), [1, None]),
    (lit({"a": 1}), {"a": 1}),
    (lit("it's"), "it's"),
    (lit(None, DataTypes.INT()), None),
    (2 / lit(4.0), 0.5),
    (7 % lit(4), 3),
    (lit(2) ** 3, 8.0),
    (lit("ab") + "c", "abc"),
    (~lit(None, DataTypes.BOOLEAN()), True),
    (not_(lit(None, DataTypes.BOOLEAN())), None),
    (and_(True, True, False), False),
    (if_then_else(lit(1) > 2, "x", "y"), "y"),
    (coalesce(lit(None, DataTypes.INT()), 3), 3),
    (lit("  ab ").trim(), "ab"),
    (lit("xxab").trim_leading("x"), "ab"),
    (lit("abc").substring(2, 1), "b"),
    (lit("b").position("abc"), 2),
    (lit("a1b2").regexp_extract("([a-z])([0-9])", 2), "1"),
    (lit(8.0).log(2), 3.0),
    (concat_ws(",", "a", "b"), "a,b"),
    (lit(WHEN).extract(TimeIntervalUnit.DAY), 29),
    (lit(WHEN).floor(TimeIntervalUnit.HOUR), datetime.datetime(2024, 2, 29, 12)),
    (lit(WHEN) + lit(1).years, datetime.datetime(2025, 2, 28, 12, 30, 1)),
    (lit(WHEN) - lit(1).days, datetime.datetime(2024, 2, 28, 12, 30, 1)),
    (timestamp_diff(TimePointUnit.MINUTE, lit(WHEN), lit(WHEN) + lit(1).hours), 60),
    (date_format(lit(WHEN), "yyyy/MM"), "2024/02"),
    (array(3, 1).array_sort(), [1, 3]),
    (map_("k", 1)["k"], 1),
    (row(1, "a").get(1), "a"),
    (json_object(JsonOnNull.NULL, "a", 1), '{"a":1}'),
    (lit('{"a": [1]}').json_value("$.a[0]"), "1"),
    (call_sql("CHAR_LENGTH('four')"), 4),
]


def test_values(batch: TableEnvironment) -> None:
    table = batch.from_elements([(0,)], ["zero"])
    named = [e.alias(f"v{i}") for i, (e, _) in enumerate(VALUES)]
    found = rows(table.select(*named))[0]
    wrong = [
        f"{expression}: {got!r}, not {want!r}"
        for (expression, want), got in zip(VALUES, found, strict=True)
        if got != want
    ]
    assert wrong == []
