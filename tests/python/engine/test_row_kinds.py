"""Rows of a table in Python functions: their kinds, and columns that no TypeInfo names exactly."""

from __future__ import annotations

import decimal
from typing import Any

import pytest
from programs import MakeEnv

from headrace.common import Row, RowKind, Types
from headrace.table import ChangelogMode, DataTypes, Schema, StreamTableEnvironment
from headrace.util.exceptions import HeadraceError

COUNTS = "SELECT k, COUNT(*) AS n FROM words GROUP BY k HAVING COUNT(*) > 1"
NAMED = Types.ROW_NAMED(["k", "n"], [Types.STRING(), Types.LONG()])


def counts(make_env: MakeEnv) -> tuple[StreamTableEnvironment, Any]:
    env = make_env(1)
    tables = StreamTableEnvironment.create(env)
    words = env.from_collection([("a",), ("b",), ("a",), ("a",)], Types.TUPLE([Types.STRING()]))
    tables.create_temporary_view("words", tables.from_data_stream(words).alias("k"))
    return tables, tables.to_changelog_stream(tables.sql_query(COUNTS))


def told(row: Row) -> tuple[str, list[Any]]:
    return str(row.get_row_kind()), list(row)


CHANGES = [("+U", ["a", 2]), ("-U", ["a", 2]), ("+U", ["a", 3])]


def test_a_function_sees_the_kinds(make_env: MakeEnv) -> None:
    _, changes = counts(make_env)
    assert list(changes.map(told).execute_and_collect()) == CHANGES


def test_typed_rows_keep_their_kinds_behind_a_function(make_env: MakeEnv) -> None:
    _, changes = counts(make_env)
    same = changes.map(lambda row: row, NAMED).rebalance().map(lambda row: row, NAMED)
    assert [told(row) for row in same.execute_and_collect()] == CHANGES


def test_a_function_sets_kinds_of_typed_rows(make_env: MakeEnv) -> None:
    def gone(value: int) -> Row:
        row = Row("x", value)
        row.set_row_kind(RowKind.DELETE if value == 2 else RowKind.INSERT)
        return row

    made = make_env(1).from_collection([1, 2, 3]).map(gone, NAMED).rebalance()
    found = [told(row) for row in made.execute_and_collect()]
    assert found == [("+I", ["x", 1]), ("-D", ["x", 2]), ("+I", ["x", 3])]


def test_changes_go_back_into_a_table(make_env: MakeEnv) -> None:
    tables, changes = counts(make_env)
    again = tables.from_changelog_stream(changes.map(lambda row: row, NAMED))
    rows = tables.to_changelog_stream(again).execute_and_collect()
    assert [told(row) for row in rows] == CHANGES


def test_changes_are_not_read_as_insertions(make_env: MakeEnv) -> None:
    tables, changes = counts(make_env)
    wrong = tables.from_data_stream(changes.map(lambda row: row, NAMED))
    with pytest.raises(HeadraceError, match="use from_changelog_stream"):
        list(tables.to_data_stream(wrong).execute_and_collect())


def test_a_decimal_column_reaches_a_function(make_env: MakeEnv) -> None:
    tables = StreamTableEnvironment.create(make_env(1))
    query = "SELECT CAST(2.5 AS DECIMAL(5, 2)) AS d, ROW(CAST(1.25 AS DECIMAL(9, 3))) AS r, 1 AS n"
    rows = tables.to_data_stream(tables.sql_query(query))
    ((d, inner, n),) = rows.map(lambda row: (row.d, row.r[0], row.n)).execute_and_collect()
    assert (d, inner, n) == (decimal.Decimal("2.50"), decimal.Decimal("1.250"), 1)


def _upserts(make_env: MakeEnv, parallelism: int = 1) -> tuple[StreamTableEnvironment, Any]:
    rows = [Row("a", 1), Row("b", 2), Row("a", 5), Row("b", 2)]
    rows[2].set_row_kind(RowKind.UPDATE_AFTER)
    rows[3].set_row_kind(RowKind.DELETE)
    env = make_env(parallelism)
    return StreamTableEnvironment.create(env), env.from_collection(rows, NAMED)


@pytest.mark.parametrize("columns", [True, False])
def test_upserts_replace_what_has_their_key(columns: bool, make_env: MakeEnv) -> None:
    tables, stream = _upserts(make_env)
    builder = Schema.new_builder()
    if columns:
        builder.column("k", DataTypes.STRING().not_null()).column("n", "BIGINT")
    keyed = tables.from_changelog_stream(
        stream, builder.primary_key("k").build(), ChangelogMode.upsert()
    )
    tables.create_temporary_view("latest", keyed)
    counted = tables.sql_query("SELECT COUNT(*) AS rows_, SUM(n) AS s FROM latest")
    found = [told(row) for row in tables.to_changelog_stream(counted).execute_and_collect()]
    # What PyFlink gives.
    steps = [[1, 1], [2, 3], [1, 2], [2, 7], [1, 5]]
    assert [values for kind, values in found if kind in ("+I", "+U")] == steps
    assert [values for kind, values in found if kind == "-U"] == steps[:-1]


def test_upserts_need_a_key(make_env: MakeEnv) -> None:
    tables, stream = _upserts(make_env)
    with pytest.raises(HeadraceError, match="only with a primary key"):
        tables.from_changelog_stream(stream, None, ChangelogMode.upsert()).get_schema()
