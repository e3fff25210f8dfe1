"""The flights example, written three ways: all agree with each other and with pandas."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The example, with a folder of its own for what it writes."""
    root = tmp_path_factory.mktemp("flights")
    (root / "examples").mkdir()
    for name in ("flights.py", "flights.sql"):
        shutil.copy(EXAMPLES / name, root / "examples" / name)
    spec = importlib.util.spec_from_file_location("flights", root / "examples" / "flights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["flights"] = module
    spec.loader.exec_module(module)
    return module


def test_table_api_agrees_with_pandas(flights: ModuleType) -> None:
    flights.check([tuple(row) for row in flights.with_table_api()])


def test_data_stream_agrees_with_pandas(flights: ModuleType) -> None:
    flights.check(flights.with_data_stream())


def test_sql_writes_the_same_rows(flights: ModuleType) -> None:
    import pyarrow.parquet as pq

    flights.flights_csv()
    root = flights.OUT.parent.parent
    headrace = Path(sys.executable).parent / "headrace"
    done = subprocess.run(
        [str(headrace), "sql", "-f", "examples/flights.sql"],
        cwd=root, capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stderr
    written = pq.read_table(flights.OUT / "hourly_sql").to_pylist()
    flights.check(sorted(tuple(row.values()) for row in written))
