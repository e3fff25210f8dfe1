"""kill -9 in each phase of a batch job: started again it gives all rows once, and no file of it or
of the killed one is left behind."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_job import KEYS, ROWS
from test_kill import HERE, PATIENCE

TRIES = 20
# What is there to be seen of a phase, below the job's working space.
PHASES = {
    "shuffle": ("SHUFFLE_HASH", "headrace-*/*/results*/*"),
    "aggregate": ("SHUFFLE_HASH", "headrace-*/*/*-work/aggregate/*"),
    "hash join": ("SHUFFLE_HASH", "headrace-*/*/*-work/join/*"),
    "merge join": ("SHUFFLE_MERGE", "headrace-*/*/*-work/left/*"),
    "sort": ("SHUFFLE_HASH", "headrace-*/*/*-work/sort/*"),
}


def start(work: Path, hint: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "batch_job.py"), str(work), hint],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "started\n":
        raise AssertionError(process.communicate()[1])
    return process


def killed_in(work: Path, hint: str, trace: str) -> bool:
    """Kills a job that leaves a trace; False: it was over too soon."""
    process = start(work, hint)
    deadline = time.monotonic() + PATIENCE
    seen = False
    while process.poll() is None and not seen:
        assert time.monotonic() < deadline
        seen = any(work.glob("tmp/" + trace))
    process.kill()
    _, err = process.communicate()
    if not seen:
        assert process.returncode == 0, err
    return seen


def visible(work: Path) -> list[Path]:
    return [p for p in work.glob("out/*") if not p.name.startswith((".", "_"))]


@pytest.mark.parametrize("phase", PHASES)
def test_killed_and_started_again(phase: str, tmp_path: Path) -> None:
    hint, trace = PHASES[phase]
    for attempt in range(TRIES):
        work = tmp_path / str(attempt)
        (work / "tmp").mkdir(parents=True)
        if killed_in(work, hint, trace):
            break
    else:
        raise AssertionError(f"{phase}: there never was a {trace}")
    assert not visible(work), "a job that was killed has committed"
    process = start(work, hint)
    _, err = process.communicate(timeout=PATIENCE * 3)
    assert process.returncode == 0, err
    lines = [line for path in visible(work) for line in path.read_text().splitlines()]
    each = ROWS // KEYS
    assert sorted(lines) == sorted(f'{k},{each},"name of {k}"' for k in range(KEYS))
    assert list((work / "tmp").rglob("*")) == []
