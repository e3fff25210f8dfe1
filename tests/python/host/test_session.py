"""A session of the real engine, through headrace._core."""

from __future__ import annotations

import gc
import os
import signal
import threading
from pathlib import Path

import pytest

from headrace import _core
from headrace.util.exceptions import SqlParserException, ValidationException

pa = pytest.importorskip("pyarrow")


@pytest.fixture
def session():
    with _core.Session({"execution.runtime-mode": "batch"}) as s:
        yield s


def rows(session: _core.Session, answer: dict) -> list[dict]:
    out: list[dict] = []
    while (batch := session.fetch(answer["handle"])) is not None:
        assert batch.batch is not None
        out += batch.batch.to_pylist()
    return out


def test_query(session: _core.Session) -> None:
    answer = session.call({"executeSql": {"text": "SELECT 1 AS a, 'x' AS b"}})
    assert rows(session, answer) == [{"a": 1, "b": "x"}]


def test_arrow_rows_come_back(session: _core.Session) -> None:
    table = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    scan = {"inline": {"handle": session.put_arrow(table)}}
    answer = session.call({"table": {"verb": "execute", "rel": scan}})
    assert rows(session, answer) == table.to_pylist()


def test_memory_is_given_back() -> None:
    with _core.Session({"execution.runtime-mode": "batch"}) as s:
        scan = {"inline": {"handle": s.put_arrow(pa.table({"a": list(range(1000))}))}}
        answer = s.call({"table": {"verb": "execute", "rel": scan}})
        assert len(rows(s, answer)) == 1000
    gc.collect()
    _core.engine_version()
    assert _core.counters()["arrow_exported"] == 0


def test_syntax_error_shows_the_place(session: _core.Session) -> None:
    with pytest.raises(SqlParserException, match=r"line 1, column 1") as caught:
        session.call({"executeSql": {"text": "SELEC 1"}})
    assert "SELEC 1\n  ^^^^^" in str(caught.value)


def test_unknown_function(session: _core.Session) -> None:
    with pytest.raises(ValidationException, match=r"line 1, column 8.*nope"):
        session.call({"executeSql": {"text": "SELECT nope(1)"}})


def test_ctrl_c_while_waiting_for_rows(session: _core.Session, tmp_path: Path) -> None:
    session.call({"config": {"set": {"execution.runtime-mode": "streaming"}}})
    watched = (
        "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'csv', "
        f"'path' = '{tmp_path}', 'source.monitor-interval' = '1 s')"
    )
    session.call({"executeSql": {"text": watched}})
    answer = session.call({"executeSql": {"text": "SELECT a FROM t"}})
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        session.fetch(answer["handle"])
    answer = session.call({"executeSql": {"text": "SELECT 2 AS b"}})
    assert rows(session, answer) == [{"b": 2}]
