"""A full disk, operator by operator: a job that spills fails with the folder and the remedy, leaves
no file behind, and gives all rows when there is room again.

The disk is "full" for files above a size (RLIMIT_FSIZE), see test_disk_full.py. Each job has memory
for all but the operator that is meant.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from spill_job import ROWS
from test_kill import HERE, PATIENCE

LARGEST = 4096  # bytes
# What each operator says: the folder it wrote to, the remedy.
MESSAGES = {
    "aggregate": ("-work/aggregate failed", "taskmanager.memory.managed.size"),
    "hash join": ("-work/join failed", "taskmanager.memory.managed.size"),
    "merge join": ("-work/left failed", "taskmanager.memory.managed.size"),
    "sort": ("-work/sort failed", "taskmanager.memory.managed.size"),
    "exchange": ("/results-", "make room there, or set io.tmp.dirs"),
    "keyed": ("-work/sorted-inputs failed", "execution.sorted-inputs.memory"),
    "sort_partition": ("rows cannot be spilled", "io.tmp.dirs"),
}


def run(work: Path, what: str, largest: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HERE / "spill_job.py"), str(work), what],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
        capture_output=True,
        text=True,
        timeout=PATIENCE * 3,
        check=False,
    )


@pytest.mark.parametrize("what", MESSAGES)
def test_full_disk_says_so_and_leaves_nothing(what: str, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    stopped = run(tmp_path, what, LARGEST)
    assert stopped.returncode == 1, stopped.stderr
    for words in (*MESSAGES[what], f"{tmp_path}/tmp", "ile too large"):
        assert words in stopped.stderr, stopped.stderr
    assert "panic" not in stopped.stderr
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    done = run(tmp_path, what, resource.RLIM_INFINITY)
    assert done.returncode == 0, done.stderr
    lines = [line for path in tmp_path.glob("out/[!._]*") for line in path.read_text().split()]
    if what == "sort":
        inverse = pow(7919, -1, ROWS)
        assert lines == [f"{n * inverse % ROWS},1" for n in range(ROWS)]
    else:
        assert lines == [f"{ROWS},{ROWS}"]
    assert list((tmp_path / "tmp").rglob("*")) == []
