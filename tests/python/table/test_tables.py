"""Operations on tables, run by the engine."""

from __future__ import annotations

import pytest
from conftest import changes, rows

from headrace.common import Row
from headrace.table import DataTypes, TableEnvironment
from headrace.table.expressions import (
    CURRENT_ROW,
    col,
    lit,
    null_of,
    range_,
    row_interval,
    with_columns,
    without_columns,
)
from headrace.table.udf import udtf
from headrace.table.window import Over, Tumble
from headrace.util.exceptions import ValidationException

TIMED = """CREATE TABLE timed (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv')"""


@pytest.fixture
def numbers(batch: TableEnvironment):
    return batch.from_elements([(1, "a"), (2, "b"), (3, "a")], ["n", "s"])


def test_select_and_names(numbers) -> None:
    table = numbers.select(col("n") + 1, col("s").upper_case.alias("u"), numbers.s)
    assert table.get_schema().get_field_names() == ["_c0", "u", "s"]
    assert rows(table) == [(2, "A", "a"), (3, "B", "b"), (4, "A", "a")]


def test_where_and_null(numbers) -> None:
    assert rows(numbers.where((col("n") > 1) & (col("s") == "a"))) == [(3, "a")]
    assert rows(numbers.filter(null_of(DataTypes.BOOLEAN()))) == []


def test_columns(numbers) -> None:
    table = numbers.add_columns((col("n") * 2).alias("d")).rename_columns(col("s").alias("t"))
    assert table.get_schema().get_field_names() == ["n", "t", "d"]
    assert rows(table.drop_columns(col("t")).add_or_replace_columns(lit(0).alias("n"))) == [
        (0, 2), (0, 4), (0, 6)]  # fmt: skip
    assert table.select(with_columns(range_(1, 2))).get_schema().get_field_names() == ["n", "t"]
    assert table.select(without_columns("t")).get_schema().get_field_names() == ["n", "d"]


def test_order_and_limit(numbers) -> None:
    with numbers.order_by(col("n").desc).limit(1, 1).execute().collect() as found:
        assert list(found) == [Row(2, "b")]


def test_joins(batch: TableEnvironment, numbers) -> None:
    right = batch.from_elements([(1, "one"), (4, "four")], ["m", "w"])
    on = col("n") == col("m")
    assert rows(numbers.join(right, on).select(col("s"), col("w"))) == [("a", "one")]
    outer = numbers.full_outer_join(right, on).select(col("n"), col("w"))
    assert rows(outer) == [(1, "one"), (2, None), (3, None), (None, "four")]


def test_set_operations(numbers) -> None:
    once = numbers.select(col("s"))
    assert rows(once.union(once)) == [("a",), ("b",)]
    assert len(rows(once.union_all(once))) == 6
    assert rows(once.minus(once.where(col("s") == "a"))) == [("b",)]


def test_in_a_table(numbers) -> None:
    wanted = numbers.where(col("n") == 2).select(col("s"))
    assert rows(numbers.where(col("s").in_(wanted))) == [(2, "b")]


def test_group_by_updates(streaming: TableEnvironment) -> None:
    table = streaming.from_elements([(1, "a"), (2, "b"), (3, "a")], ["n", "s"])
    grouped = table.group_by(col("s")).select(col("s"), col("n").sum.alias("t"))
    assert changes(grouped) == [
        ("+I", "a", 1), ("+I", "b", 2), ("-U", "a", 1), ("+U", "a", 4)]  # fmt: skip


def test_windows(streaming: TableEnvironment, tmp_path) -> None:
    lines = ["2024-01-01 00:00:01,a,1", "2024-01-01 00:00:05,a,2", "2024-01-01 00:00:12,b,4"]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    streaming.execute_sql(TIMED.format(path=tmp_path / "t.csv"))
    table = streaming.from_path("timed")
    window = Tumble.over(lit(10).seconds).on(col("ts")).alias("w")
    sums = table.window(window).group_by(col("w")).select(
        col("w").start.cast(DataTypes.STRING()), col("v").sum)  # fmt: skip
    assert rows(sums) == [("2024-01-01 00:00:00.000", 3), ("2024-01-01 00:00:10.000", 4)]
    over = Over.partition_by(col("k")).order_by(col("ts")).preceding(row_interval(1))
    running = table.over_window(over.following(CURRENT_ROW).alias("o")).select(
        col("k"), col("v").sum.over(col("o")).alias("s"))  # fmt: skip
    assert rows(running) == [("a", 1), ("a", 3), ("b", 4)]


@udtf(result_types=[DataTypes.STRING(), DataTypes.INT()])
def letters(text):
    for i, letter in enumerate(text):
        yield letter, i


def test_lateral(batch: TableEnvironment) -> None:
    table = batch.from_elements([("xy",), ("",)], ["t"])
    call = letters(col("t")).alias("c", "i")
    assert rows(table.join_lateral(call)) == [("xy", "x", 0), ("xy", "y", 1)]
    assert rows(table.left_outer_join_lateral(call))[0] == ("", None, None)


@udtf(result_types=[DataTypes.STRING()])
def halves(row):
    yield from (row.t[:1], row.t[1:])


def test_lateral_with_a_function_of_the_whole_row(batch: TableEnvironment) -> None:
    table = batch.from_elements([("xy", 1)], ["t", "n"])
    assert rows(table.join_lateral(halves.alias("h"))) == [("xy", 1, "x"), ("xy", 1, "y")]


def test_nested_fields(batch: TableEnvironment) -> None:
    inner = DataTypes.ROW([DataTypes.FIELD("a", DataTypes.INT())])
    schema = DataTypes.ROW([DataTypes.FIELD("r", inner)])
    table = batch.from_elements([(Row(a=5),)], schema)
    assert rows(table.select(col("r").a, col("r").flatten)) == [(5, 5)]


def test_an_unknown_column_is_named_with_the_line(numbers) -> None:
    with pytest.raises(ValidationException, match=r"test_tables\.py:\d+.*'m'.*did you mean 'n'"):
        numbers.select(col("m")).get_schema()
    with pytest.raises(AttributeError, match="its columns are n, s"):
        _ = numbers.missing


def test_a_name_that_comes_twice_is_refused(batch: TableEnvironment) -> None:
    """As in Flink: "Ambiguous column name"."""
    table = batch.from_elements([(1, "x")], ["a", "b"])
    for wrong in (
        lambda: table.select(col("a"), col("a")),
        lambda: table.select(col("a").alias("q"), col("b").alias("q")),
        lambda: table.alias("q", "q"),
    ):
        with pytest.raises(ValidationException, match="comes twice"):
            wrong()
    twice = table.select(col("a"), col("a").alias("again"), col("a") + 1)
    assert rows(twice) == [(1, 1, 2)]
