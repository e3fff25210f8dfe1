"""Programs of the matrix whose process is killed in the middle and started again.

What they wrote is what the program gives without a failure. `make test` runs two of them,
MATRIX=all (make stress) those of the sample.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from matrix_programs import PROGRAMS, SAMPLE, Failing
from programs import MakeEnv

JOB = Path(__file__).with_name("matrix_job.py")
ALL = os.environ.get("MATRIX") == "all"
SECONDS_MAX = 300
FEW = {("states", 3, "STREAMING"), ("tumbling.evict_time", 3, "BATCH")}


@pytest.mark.parametrize(("name", "parallelism", "mode"), sorted(SAMPLE if ALL else FEW))
def test_equal_after_a_kill(
    name: str, parallelism: int, mode: str, make_env: MakeEnv, tmp_path: Path
) -> None:
    undisturbed = PROGRAMS[name].build(make_env(1, mode), Failing(None, tmp_path))
    with undisturbed.map(repr).execute_and_collect() as found:
        want = sorted(found)
    command = [sys.executable, str(JOB), str(tmp_path), name, str(parallelism), mode]
    codes = []
    for _ in range(2):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        assert done.returncode in (-9, 0), done.stderr
        codes.append(done.returncode)
    assert codes == [-9, 0], "killed once, then through"
    files = [p for p in tmp_path.glob("out/**/*") if p.is_file() and p.name[0] not in "._"]
    assert sorted(line for p in files for line in p.read_text().splitlines()) == want
