"""CREATE FUNCTION … LANGUAGE PYTHON loads a function by its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.table import EnvironmentSettings, TableEnvironment
from headrace.util.exceptions import HeadraceError

MODULE = """
from headrace.table import DataTypes
from headrace.table.udf import udf

@udf(result_type=DataTypes.INT())
def twice(x):
    return 2 * x
"""


def test_function_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "described_functions.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    t_env.execute_sql(
        "CREATE FUNCTION twice AS 'described_functions.twice' LANGUAGE PYTHON"
    )
    with t_env.execute_sql("SELECT twice(x) FROM (VALUES 1, 21) AS t (x)").collect() as rows:
        assert [tuple(r) for r in rows] == [(2,), (42,)]


def test_missing_module_is_named() -> None:
    t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    # as in Flink whoever calls the function is told
    t_env.execute_sql("CREATE FUNCTION f AS 'no_such_module.f' LANGUAGE PYTHON")
    t_env.execute_sql("CREATE FUNCTION g AS 'com.example.G' LANGUAGE JAVA")
    with pytest.raises((HeadraceError, ModuleNotFoundError), match="no_such_module"):
        t_env.execute_sql("SELECT f(1)")
    with pytest.raises(HeadraceError, match="'g' is in JAVA: functions are in Python"):
        t_env.execute_sql("SELECT g(1)")
    with t_env.execute_sql("SHOW USER FUNCTIONS").collect() as rows:
        assert [tuple(r) for r in rows] == [("f",), ("g",)]
