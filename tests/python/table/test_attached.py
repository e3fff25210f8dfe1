"""Statement sets that run inside a DataStream job."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.common import Types
from headrace.datastream import DataStream, MapFunction, RuntimeContext, StreamExecutionEnvironment
from headrace.table import StreamTableEnvironment, TableEnvironment
from headrace.util.exceptions import ApiError

COUNT = """CREATE TABLE %s (word STRING, n BIGINT)
    WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv')"""


class Counted(MapFunction):
    """Counts what passes, by a metric of the job."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self._seen = runtime_context.get_metrics_group().counter("seen")

    def map(self, value: str) -> str:
        self._seen.inc()
        return value


def words() -> tuple[StreamExecutionEnvironment, StreamTableEnvironment, DataStream[str]]:
    """An environment, its tables and a stream that both read."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    tables = StreamTableEnvironment.create(env)
    given = env.from_collection(["b", "a", "c"], Types.STRING())
    stream = given.map(Counted(), output_type=Types.STRING()).name("counted")
    tables.create_temporary_view("words", stream)
    return env, tables, stream


def lines(path: Path) -> list[str]:
    """The rows of a table in files."""
    return sorted(
        line
        for file in path.iterdir()
        if not file.name.startswith((".", "_"))
        for line in file.read_text().splitlines()
    )


def test_inserts_and_sinks_are_one_job_over_one_source(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    env, tables, stream = words()
    for name in ("odd", "even"):
        tables.execute_sql(COUNT % (name, tmp_path / name))
    statements = tables.create_statement_set()
    statements.add_insert_sql("INSERT INTO odd SELECT f0, 1 FROM words WHERE f0 <> 'c'")
    statements.add_insert("even", tables.sql_query("SELECT f0, CAST(2 AS BIGINT) FROM words"))
    statements.attach_as_datastream()
    stream.map(lambda w: w.upper(), output_type=Types.STRING()).print()
    client = env.execute_async("both")
    client.get_job_execution_result().result()
    assert sorted(capfd.readouterr().out.split()) == ["A", "B", "C"]
    assert lines(tmp_path / "odd") == ["a,1", "b,1"]
    assert lines(tmp_path / "even") == ["a,2", "b,2", "c,2"]
    seen = [value for name, value in client.get_metrics().items() if name.endswith("seen")]
    assert seen == [3]  # the stream is read once by all three


def test_an_attached_set_is_empty_and_runs_once(tmp_path: Path) -> None:
    env, tables, _ = words()
    tables.execute_sql(COUNT % ("odd", tmp_path / "odd"))
    statements = tables.create_statement_set()
    statements.add_insert_sql("INSERT INTO odd SELECT f0, 1 FROM words")
    statements.attach_as_datastream()
    statements.attach_as_datastream()  # nothing is left to attach
    env.execute()
    with pytest.raises(ApiError, match="No operators defined"):
        env.execute()
    assert lines(tmp_path / "odd") == ["a,1", "b,1", "c,1"]


def test_what_cannot_be_planned_is_refused_when_it_is_attached() -> None:
    _, tables, _ = words()
    statements = tables.create_statement_set()
    statements.add_insert_sql("INSERT INTO nowhere SELECT f0, 1 FROM words")
    with pytest.raises(Exception, match="nowhere"):
        statements.attach_as_datastream()
    plain = TableEnvironment.create(tables.get_config().get_configuration())
    plain.execute_sql("CREATE TABLE hole (x INT) WITH ('connector' = 'blackhole')")
    statements = plain.create_statement_set().add_insert_sql("INSERT INTO hole VALUES (1)")
    with pytest.raises(ApiError, match="StreamTableEnvironment"):
        statements.attach_as_datastream()
