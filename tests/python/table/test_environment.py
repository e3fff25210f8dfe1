"""Table environments: settings, statement sets, kept plans, streams."""

from __future__ import annotations

import datetime

import pytest
from conftest import rows

from headrace.common import Row, RowKind, Types
from headrace.datastream import StreamExecutionEnvironment
from headrace.table import (
    DataTypes,
    ExplainDetail,
    PlanReference,
    Schema,
    StreamTableEnvironment,
    TableEnvironment,
)
from headrace.table.expressions import col
from headrace.util.exceptions import ApiError, SqlParserException, ValidationException

SINK = """CREATE TABLE {name} (n BIGINT, s STRING)
WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv')"""


def written(path) -> list[str]:
    files = [f for f in path.rglob("*") if f.is_file() and not f.name.startswith((".", "_"))]
    return sorted(line for f in files for line in f.read_text().splitlines())


def test_settings_go_both_ways(streaming: TableEnvironment) -> None:
    config = streaming.get_config()
    config.set_idle_state_retention(datetime.timedelta(minutes=2))
    assert config.get_idle_state_retention() == datetime.timedelta(minutes=2)
    streaming.execute_sql("SET 'table.local-time-zone' = 'Asia/Tokyo'")
    assert config.get_local_timezone() == "Asia/Tokyo"
    config.set_local_timezone("Europe/Berlin")
    epoch = streaming.sql_query("SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING)")
    assert rows(epoch) == [("1970-01-01 01:00:00.000",)]
    streaming.execute_sql("RESET 'table.local-time-zone'")
    assert "table.local-time-zone" not in config.to_map()


def test_statement_sets_and_plans(batch: TableEnvironment, tmp_path) -> None:
    for name in ("x", "y", "z"):
        batch.execute_sql(SINK.format(name=name, path=tmp_path / name))
    table = batch.from_elements([(1, "a"), (2, "b")], ["n", "s"])
    batch.create_temporary_view("t", table)
    both = batch.create_statement_set()
    both.add_insert("x", table.where(col("n") == 1)).add_insert_sql("INSERT INTO y SELECT * FROM t")
    assert "Sink" in both.explain()
    both.execute().wait()
    assert (written(tmp_path / "x"), written(tmp_path / "y")) == (["1,a"], ["1,a", "2,b"])
    with pytest.raises(ApiError, match="rows of this process"):
        table.insert_into("z").compile_plan()
    plan = batch.compile_plan_sql("INSERT INTO z VALUES (7, 'p')")
    plan.write_to_file(tmp_path / "plan.json")
    batch.execute_plan(PlanReference.from_file(tmp_path / "plan.json")).wait()
    assert written(tmp_path / "z") == ["7,p"]


def test_explain(streaming: TableEnvironment) -> None:
    table = streaming.from_elements([(1, "a")], ["n", "s"]).group_by("s").select("s")
    text = table.explain(ExplainDetail.CHANGELOG_MODE)
    assert "== Optimized Physical Plan ==" in text
    assert "changelogMode=" in text


def test_a_tables_text_is_its_name_in_sql(batch: TableEnvironment) -> None:
    table = batch.from_elements([(1, "a")], ["n", "s"])
    assert rows(batch.sql_query(f"SELECT n + 1 FROM {table}")) == [(2,)]


def test_errors_in_sql(batch: TableEnvironment) -> None:
    with pytest.raises(ValidationException, match="line 1, column 15"):
        batch.sql_query("SELECT 1 FROM missing")
    with pytest.raises(SqlParserException):
        batch.execute_sql("SELEC 1")


@pytest.fixture
def stream_env():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    yield env
    env.close()


def test_streams_as_tables(stream_env) -> None:
    t_env = StreamTableEnvironment.create(stream_env)
    pairs = Types.ROW_NAMED(["k", "v"], [Types.STRING(), Types.INT()])
    stream = stream_env.from_collection([("a", 1), ("b", 2), ("a", 3)], pairs)
    assert rows(t_env.from_data_stream(stream, col("v"))) == [(1,), (2,), (3,)]
    t_env.create_temporary_view("s", stream)
    summed = t_env.sql_query("SELECT k, SUM(v) AS t FROM s GROUP BY k")
    found = list(t_env.to_changelog_stream(summed).execute_and_collect())
    assert [(str(r.get_row_kind()), r["k"], r.t) for r in found] == [
        ("+I", "a", 1), ("+I", "b", 2), ("-U", "a", 1), ("+U", "a", 4)]  # fmt: skip
    doubled = t_env.to_data_stream(t_env.sql_query("SELECT v * 2 AS d FROM s"))
    assert list(doubled.map(lambda r: r.d + 1).execute_and_collect()) == [3, 5, 7]


def test_changelogs_as_tables(stream_env) -> None:
    t_env = StreamTableEnvironment.create(stream_env)
    pairs = Types.ROW_NAMED(["k", "v"], [Types.STRING(), Types.INT()])
    both = [Row.of_kind(RowKind.INSERT, "a", 1), Row.of_kind(RowKind.DELETE, "a", 1)]
    stream = stream_env.from_collection(both, pairs)
    table = t_env.from_changelog_stream(stream)
    with table.execute().collect() as found:
        assert [str(r.get_row_kind()) for r in found] == ["+I", "-D"]


def test_a_schema_over_a_stream(stream_env) -> None:
    t_env = StreamTableEnvironment.create(stream_env)
    pairs = Types.ROW_NAMED(["k", "v"], [Types.STRING(), Types.INT()])
    stream = stream_env.from_collection([("a", 1)], pairs)
    schema = (
        Schema.new_builder()
        .column("k", DataTypes.STRING())
        .column("v", DataTypes.INT())
        .column_by_expression("w", "v + 1")
        .build()
    )
    assert rows(t_env.from_data_stream(stream, schema)) == [("a", 1, 2)]


def test_computed_columns_use_fields_that_a_schema_leaves_out(stream_env) -> None:
    t_env = StreamTableEnvironment.create(stream_env)
    stream = stream_env.from_collection(
        [(1000, "a", 0.5)], Types.ROW([Types.LONG(), Types.STRING(), Types.DOUBLE()])
    )
    builder = Schema.new_builder().column_by_expression("t", "f0 + 1")
    table = t_env.from_data_stream(stream, builder.column("f2", DataTypes.DOUBLE()).build())
    assert table.get_schema().get_field_names() == ["t", "f2"]
    assert rows(table) == [(1001, 0.5)]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        # By their position they would silently be the wrong fields.
        (Schema.new_builder().column("f1", "STRING").column("w", "DOUBLE"), "no field 'w'"),
        (Schema.new_builder().column_by_expression("f0", "f0 + 1"), "the name of a field"),
    ],
)
def test_schemas_name_the_fields_of_a_stream(stream_env, schema, message) -> None:
    t_env = StreamTableEnvironment.create(stream_env)
    stream = stream_env.from_collection([(1, "a")], Types.ROW([Types.LONG(), Types.STRING()]))
    with pytest.raises(ValidationException, match=message):
        t_env.from_data_stream(stream, schema.build()).execute()
