"""kill -9 while a source catches up with the past, and when it just has: started again the job
gives each count once. Without checkpoints during the backlog it begins anew, else where the last
one was taken; behind the switch none of the past is read again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from backlog_job import KEYS, PAST, PRESENT, SLOW
from test_kill import HERE, PATIENCE, check, restorable, seen

NEVER = PAST + PRESENT
SLOW_FROM = {"backlog": PAST - SLOW, "present": PAST + PRESENT - SLOW}


def start(work: Path, slow_from: int, interval: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "backlog_job.py"), str(work), str(slow_from), interval],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "started\n":
        raise AssertionError(process.communicate()[1])
    return process


def kill_in(process: subprocess.Popen[str], work: Path, checkpointed: bool) -> None:
    """Kills a job that goes slowly; when it is to have checkpoints, behind the next one."""
    deadline = time.monotonic() + PATIENCE
    before: set[str] | None = None
    while True:
        assert time.monotonic() < deadline
        assert process.poll() is None
        if before is None and (work / "slow").exists():
            before = seen(work, "checkpoint written")
            if not checkpointed:
                break
        elif before is not None and seen(work, "checkpoint written") - before:
            break
        time.sleep(0.001)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("interval", ["0", "50 ms"])
@pytest.mark.parametrize("moment", SLOW_FROM)
def test_kill_while_catching_up(moment: str, interval: str, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    checkpoints = moment == "present" or interval != "0"
    kill_in(start(tmp_path, SLOW_FROM[moment], interval), tmp_path, checkpoints)
    assert restorable(tmp_path) == checkpoints
    first = (tmp_path / "begins").read_text().split()
    process = start(tmp_path, NEVER, interval)
    _, err = process.communicate(timeout=PATIENCE * 3)
    assert process.returncode == 0, err
    again = [int(n) for n in (tmp_path / "begins").read_text().split()[len(first) :]]
    if not checkpoints:
        assert again == [0, PAST // 2, PAST]
    elif moment == "backlog":
        assert PAST // 2 < again[0] < PAST
        assert again[1:] == [PAST]
    else:
        assert again[0] > PAST
        assert len(again) == 1
    check(tmp_path, PAST + PRESENT, KEYS)
    assert list((tmp_path / "tmp").rglob("*")) == []
