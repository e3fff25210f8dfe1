"""Sources and sinks written in Python, named by CREATE TABLE."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import changes, rows
from lines_sink import Lines

from headrace.common.types import Row, RowKind
from headrace.datastream.connectors.base import Source, SourceReader
from headrace.table import Schema as TableSchema
from headrace.table import TableDescriptor, TableEnvironment
from headrace.table.types import DataTypes

HERE = __name__
assert Lines  # tables name it by its module


class Rows(Source):
    """As many splits of rows as asked for, in the form asked for."""

    def __init__(self, shape: str = "tuple", splits: int = 2, count: int = 3) -> None:
        super().__init__()
        self.shape, self.split_count, self.count = shape, splits, count

    def splits(self) -> Iterable[int]:
        return range(self.split_count)

    def create_reader(self, context: Any) -> SourceReader:
        return RowsReader(self.shape, self.count)


class RowsReader(SourceReader):
    def __init__(self, shape: str, count: int) -> None:
        self.shape, self.count = shape, count

    def read(self, split: Any, position: Any) -> Iterator[tuple[Any, Any]]:
        for i in range(position or 0, self.count):
            n = 10 * split + i
            at = datetime.datetime(2024, 1, 1, 0, i // 60, i % 60)
            values = (n, Decimal(n) / 4, at, [str(n)])
            element: Any = values
            if self.shape == "dict":
                element = dict(zip(("at", "n", "tags", "price"),
                                   (values[2], values[0], values[3], values[1]), strict=True))
            elif self.shape == "row":
                element = Row(*values)
            elif self.shape == "list":
                element = list(values)
            elif self.shape == "short":
                element = (n,)
            elif self.shape == "none":
                element = None
            elif self.shape == "wrong":
                element = (n, "no number", values[2], values[3])
            elif self.shape == "changes":
                kind = [RowKind.INSERT, RowKind.UPDATE_AFTER, RowKind.DELETE][i % 3]
                element = Row.of_kind(kind, split, *values[1:])
            yield element, i + 1


COLUMNS = "n BIGINT, price DECIMAL(6, 2), `at` TIMESTAMP(3), tags ARRAY<STRING>"


def table(name: str, columns: str, cls: str, **options: Any) -> str:
    given = {"connector": "python", "python.class": f"{HERE}:{cls}"}
    given |= {k.replace("__", "."): str(v) for k, v in options.items()}
    listed = ", ".join(f"'{k}' = '{v}'" for k, v in given.items())
    return f"CREATE TABLE {name} ({columns}) WITH ({listed})"


@pytest.mark.parametrize("shape", ["tuple", "dict", "row", "list"])
def test_rows_of_every_shape_in_exact_types(streaming: TableEnvironment, shape: str) -> None:
    streaming.execute_sql(table("t", COLUMNS, "Rows", python__args__shape=shape))
    at = datetime.datetime(2024, 1, 1)
    want = [(n, Decimal(n) / 4, at + datetime.timedelta(seconds=n % 10), [str(n)])
            for n in (0, 1, 2, 10, 11, 12)]
    found = rows(streaming.sql_query("SELECT * FROM t"))
    assert found == sorted(want, key=repr)
    assert all(row[1].as_tuple().exponent == -2 for row in found)


def test_descriptor_batch_mode_and_several_subtasks(batch: TableEnvironment) -> None:
    schema = TableSchema.new_builder().column("n", DataTypes.BIGINT()).column(
        "price", DataTypes.DECIMAL(6, 2)).column("at", DataTypes.TIMESTAMP(3)).column(
        "tags", DataTypes.ARRAY(DataTypes.STRING())).build()
    batch.get_config().set("parallelism.default", "3")
    batch.create_temporary_table("t", TableDescriptor.for_connector("python").schema(schema).option(
        "python.class", f"{HERE}:Rows").option("python.args.splits", "5").option(
        "python.args.count", "100").build())
    assert rows(batch.sql_query("SELECT COUNT(*), SUM(n) FROM t")) == [(500, 34750)]


def test_watermarks_and_windows_over_a_source_in_python(streaming: TableEnvironment) -> None:
    streaming.execute_sql(table("t", COLUMNS + ", WATERMARK FOR `at` AS `at`", "Rows",
                                python__args__count=4, python__args__splits=1))
    found = rows(streaming.sql_query(
        "SELECT window_end, SUM(n) FROM TUMBLE(TABLE t, DESCRIPTOR(`at`), INTERVAL '2' SECOND) "
        "GROUP BY window_start, window_end"))
    at = datetime.datetime(2024, 1, 1)
    assert found == [(at + datetime.timedelta(seconds=2), 1),
                     (at + datetime.timedelta(seconds=4), 5)]


def test_changes(streaming: TableEnvironment) -> None:
    columns = COLUMNS + ", PRIMARY KEY (n) NOT ENFORCED"
    streaming.execute_sql(table("t", columns, "Rows", python__args__shape="changes",
                                python__args__splits=1, **{"python__changelog-mode": "all"}))
    found = changes(streaming.sql_query("SELECT n, price FROM t"))
    assert found == [("+I", 0, Decimal("0.00")), ("+U", 0, Decimal("0.25")),
                     ("-D", 0, Decimal("0.50"))]
    streaming.execute_sql(table("plain", columns, "Rows", python__args__shape="changes"))
    with pytest.raises(Exception, match=r"gave a row of kind \+U.*python.changelog-mode"):
        rows(streaming.sql_query("SELECT n FROM plain"))


@pytest.mark.parametrize(("shape", "message"), [
    ("short", "1 "), ("none", "got None"), ("wrong", "no number"),
])
def test_bad_rows(streaming: TableEnvironment, shape: str, message: str) -> None:
    streaming.execute_sql(table("t", COLUMNS, "Rows", python__args__shape=shape))
    with pytest.raises(Exception, match=message):
        rows(streaming.sql_query("SELECT * FROM t"))


@pytest.mark.parametrize(("cls", "options", "message"), [
    ("Linez", {}, "has no 'Linez'; did you mean 'Lines'"),
    ("Rows", {"python__args__shap": "x"}, "no argument 'shap'.*did you mean 'shape'"),
    ("Rows", {"python__args__splits": "two"}, "'python.args.splits' = 'two' is no int"),
    ("Rows", {"python__clazz": "x"}, "no option 'python.clazz'.*did you mean 'python.class'"),
    ("Rows", {"python__changelog-mode": "some"}, "not one of insert, upsert, all"),
    ("Rows", {"python__changelog-mode": "upsert"}, "needs a PRIMARY KEY"),
    ("Lines", {"python__args__path": "x"}, "is no Source written in Python but Lines"),
])
def test_bad_options(
    streaming: TableEnvironment, cls: str, options: dict[str, str], message: str
) -> None:
    streaming.execute_sql(table("t", COLUMNS, cls, **options))
    with pytest.raises(Exception, match=message):
        streaming.sql_query("SELECT * FROM t").execute()


def test_missing_module_and_argument(streaming: TableEnvironment) -> None:
    streaming.execute_sql("CREATE TABLE t (n INT) WITH ('connector' = 'python', "
                          "'python.class' = 'no_such_module:Rows')")
    with pytest.raises(Exception, match="no_such_module"):
        streaming.sql_query("SELECT * FROM t").execute()
    streaming.execute_sql(table("s", "n INT", "Lines"))
    with pytest.raises(Exception, match=r"needs the option 'python\.args\.path'"):
        streaming.execute_sql("INSERT INTO s VALUES 1").wait()


def written(path: Path) -> list[Any]:
    text = "".join(p.read_text() for p in sorted(path.glob("*.json")))
    return [json.loads(line) for line in text.splitlines()]


def test_sink_of_rows(streaming: TableEnvironment, tmp_path: Path) -> None:
    columns = "id BIGINT, price DECIMAL(6, 2), `at` TIMESTAMP(3)"
    streaming.execute_sql(table("s", columns, "Lines", python__args__path=tmp_path))
    streaming.execute_sql(
        "INSERT INTO s VALUES (1, 2.5, TIMESTAMP '2024-01-01 10:00:00.5'), (2, NULL, NULL)").wait()
    assert written(tmp_path) == [
        ["+I", {"id": 1, "price": "2.50", "at": "2024-01-01 10:00:00.500000"}],
        ["+I", {"id": 2, "price": None, "at": None}]]
    assert not list(tmp_path.glob("*.hidden"))


def test_sink_of_changes(streaming: TableEnvironment, tmp_path: Path) -> None:
    source = "SELECT v, COUNT(*) AS c FROM (VALUES ('a'), ('b'), ('a')) AS t (v) GROUP BY v"
    columns = "v STRING, c BIGINT"
    streaming.execute_sql(table("plain", columns, "Lines", python__args__path=tmp_path))
    with pytest.raises(Exception, match="doesn't support consuming update and delete changes"):
        streaming.execute_sql("INSERT INTO plain " + source)
    streaming.execute_sql(table("s", columns, "Lines", python__args__path=tmp_path,
                                **{"python__changelog-mode": "all"}))
    streaming.execute_sql("INSERT INTO s " + source).wait()
    kinds = [(k, r["v"], r["c"]) for k, r in written(tmp_path)]
    assert kinds == [("+I", "a", 1), ("+I", "b", 1),
                     ("-U", "a", 1), ("+U", "a", 2)]


JOB = """
import sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
from headrace.datastream.connectors.base import Source, SourceReader
from headrace.table import EnvironmentSettings, TableEnvironment

class Slow(Source):
    def __init__(self, count: int, gate: Path):
        super().__init__()
        self.count, self.gate = count, gate
    def splits(self):
        return [0, 1]
    def create_reader(self, context):
        return SlowReader(self.count, self.gate)

class SlowReader(SourceReader):
    def __init__(self, count, gate):
        self.count, self.gate = count, gate
    def read(self, split, position):
        position = position or 0
        while position < self.count:
            if position >= self.count // 2 and not self.gate.exists():
                yield None
                continue
            position += 1
            yield (split, position), position

t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
for key, value in {{
    "parallelism.default": "2", "execution.checkpointing.interval": "50 ms",
    "execution.checkpointing.dir": {state!r}, "execution.state-recovery.path": {restore!r},
}}.items():
    if value:
        t_env.get_config().set(key, value)
t_env.execute_sql("CREATE TABLE s (split INT, n INT) WITH ('connector' = 'python', "
    "'python.class' = '__main__:Slow', 'python.args.count' = '400', 'python.args.gate' = {gate!r})")
t_env.execute_sql("CREATE TABLE t (split INT, n INT) WITH ('connector' = 'python', "
    "'python.class' = 'lines_sink:Lines', 'python.args.path' = {out!r})")
t_env.execute_sql("INSERT INTO t SELECT * FROM s").wait()
"""


def test_exactly_once_over_a_killed_process(tmp_path: Path) -> None:
    out, state, gate = tmp_path / "out", tmp_path / "state", tmp_path / "gate"
    out.mkdir()

    def job(restore: str) -> subprocess.Popen[bytes]:
        text = textwrap.dedent(JOB).format(folder=str(Path(__file__).parent), state=str(state),
            restore=restore, gate=str(gate), out=str(out))
        (tmp_path / "job.py").write_text(text)
        return subprocess.Popen([sys.executable, str(tmp_path / "job.py")])

    first = job("")
    try:
        deadline = time.monotonic() + 120
        while not list(out.glob("*.json")):  # a checkpoint is complete
            assert first.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    seen = len(written(out))
    assert 0 < seen < 800
    gate.touch()
    second = job("latest")
    assert second.wait(timeout=120) == 0
    found = sorted((r["split"], r["n"]) for _, r in written(out))
    assert found == [(s, n) for s in (0, 1) for n in range(1, 401)]
