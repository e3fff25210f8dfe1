"""Types, schemas and descriptors: what PyFlink 2.3 gives, and refuses, for the same calls."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from conftest import rows

from headrace.common import ConfigOptions
from headrace.table import (
    DataTypes,
    FormatDescriptor,
    Schema,
    TableDescriptor,
    TableEnvironment,
)
from headrace.table.expressions import array, call_sql, col, lit, null_of, source_watermark
from headrace.util.exceptions import ApiError


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataTypes.DECIMAL(39, 2), "precision of a DECIMAL must be from 1 to 38, not 39"),
        (lambda: DataTypes.DECIMAL(10, 11), "scale of a DECIMAL must be from 0 to 10, not 11"),
        (lambda: DataTypes.DECIMAL(0, 0), "from 1 to 38"),
        (lambda: DataTypes.TIMESTAMP(10), "precision of a TIMESTAMP must be from 0 to 9"),
        (lambda: DataTypes.TIME(10), "precision of a TIME must be from 0 to 9"),
        (lambda: DataTypes.ARRAY(int), "element type of an ARRAY must be a DataType"),  # type: ignore[arg-type]
        (lambda: DataTypes.MAP(DataTypes.INT(), None), "value type of a MAP"),  # type: ignore[arg-type]
        (lambda: DataTypes.FIELD("a", "INT"), "type of field 'a' must be a DataType"),  # type: ignore[arg-type]
        (lambda: DataTypes.FIELD(1, DataTypes.INT()), "name of a field must be a text"),  # type: ignore[arg-type]
        (lambda: DataTypes.INTERVAL(DataTypes.SECOND(), DataTypes.DAY()), "from SECOND to DAY"),
        (lambda: DataTypes.INTERVAL(DataTypes.DAY(), DataTypes.MONTH()), "from DAY to MONTH"),
    ],
)
def test_types_that_cannot_be(make: Callable[[], object], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_a_slice_of_a_row_type_is_a_row_type() -> None:
    row = DataTypes.ROW([DataTypes.FIELD(n, DataTypes.INT()) for n in "abc"])
    assert row[0:2].sql() == "ROW<`a` INT, `b` INT>"
    assert row["c"] == row[2]


def test_schema_text_is_flinks() -> None:
    schema = (
        Schema.new_builder()
        .column("a`b", "INT")
        .column("t", DataTypes.TIMESTAMP(3))
        .column_by_expression("c", (col("a") + 1).cast(DataTypes.STRING()))
        .column_by_expression("d", "a + 1")
        .watermark("t", col("t") - lit(1).seconds)
        .build()
    )
    assert str(schema).splitlines() == [
        "(",
        "  `a``b` [INT],",
        "  `t` TIMESTAMP(3),",
        "  `c` AS cast(plus(a, 1), STRING),",
        "  `d` AS [a + 1],",
        "  WATERMARK FOR `t` AS minus(t, 1000)",
        ")",
    ]
    own = Schema.new_builder().watermark("t", source_watermark()).build()
    assert "WATERMARK FOR `t` AS SOURCE_WATERMARK()" in str(own)
    with pytest.raises(ApiError, match="primary key needs a column"):
        Schema.new_builder().primary_key()


def test_options_by_config_option() -> None:
    value_format = ConfigOptions.key("value.format").string_type().no_default_value()
    strict = ConfigOptions.key("strict").boolean_type().no_default_value()
    form = FormatDescriptor.for_format("json").option(strict, True).build()
    builder = TableDescriptor.for_connector("kafka").format(form, value_format)
    described = builder.partitioned_by("a").partitioned_by("b").build()
    assert described.get_options() == {
        "connector": "kafka",
        "value.format": "json",
        "value.json.strict": "true",
    }
    assert described.get_partition_keys() == ["a", "b"]


def test_text_of_literals_is_flinks() -> None:
    assert str(lit(1e300)) == "1.0E300"
    assert str(lit(b"a\xff")) == "[97, -1]"
    assert str(call_sql("a + 1")) == "[a + 1]"
    assert lit(Decimal("0.00001"))._json["literal"]["type"] == "DECIMAL(6, 5) NOT NULL"
    with pytest.raises(ApiError, match="no NULL of INT NOT NULL"):
        null_of(DataTypes.INT(False))


def test_none_is_null() -> None:
    assert str(col("a").in_(1, None)) == "in(a, 1, null)"
    assert str(col("a").between(None, 1)) == "between(a, null, 1)"
    assert str(col("a").array_contains(None)) == "ARRAY_CONTAINS(a, null)"


def test_not_null_stays_in_schemas(batch: TableEnvironment) -> None:
    """NOT NULL of from_elements, of casts and of aggregates of groups, as in Flink."""
    fields = [DataTypes.FIELD("a", DataTypes.INT(False)), DataTypes.FIELD("g", DataTypes.INT())]
    table = batch.from_elements([(1, 1), (3, 1)], DataTypes.ROW(fields))
    made = table.select(col("a"), col("a").cast(DataTypes.STRING()).alias("s"))
    assert str(made.get_resolved_schema()) == "(\n  `a` INT NOT NULL,\n  `s` STRING NOT NULL\n)"
    grouped = table.group_by(col("g")).select(
        col("a").sum.alias("s"),
        lit(1).max.alias("m"),
        col("g").min.alias("n"),
        col("a").percentile(array(0.0, 1.0)).alias("p"),
    )
    assert str(grouped.get_resolved_schema()).split("\n")[1:-1] == [
        "  `s` INT NOT NULL,",
        "  `m` INT NOT NULL,",
        "  `n` INT,",
        "  `p` ARRAY<DOUBLE>",
    ]
    assert rows(grouped) == [(4, 1, 1, [1.0, 3.0])]


def test_bitmaps_are_bytes_in_python(batch: TableEnvironment) -> None:
    table = batch.sql_query("SELECT BITMAP_BUILD(ARRAY[1, 2]) AS b")
    assert str(table.get_resolved_schema()) == "(\n  `b` BITMAP NOT NULL\n)"
    ((found,),) = rows(table)
    assert isinstance(found, bytes)
    again = "SELECT BITMAP_TO_STRING(BITMAP_FROM_BYTES(x'" + found.hex() + "'))"
    assert rows(batch.sql_query(again)) == [("{1,2}",)]


def test_none_selects_as_null(batch: TableEnvironment) -> None:
    table = batch.from_elements([(2, [1, None])], ["a", "l"])
    made = table.select(
        col("a").in_(1, None), col("l").array_contains(None), col("l").array_append(None)
    )
    assert rows(made) == [(None, True, [1, None, None])]
