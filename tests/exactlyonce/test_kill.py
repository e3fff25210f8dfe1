"""kill -9 at random moments, also while a snapshot is taken or committed, loses and repeats no row.

EO_KILLS and EO_SEED say how often and with which seed; the seed is printed.
"""

from __future__ import annotations

import collections
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
KILLS = int(os.environ.get("EO_KILLS", "10"))
SEED = int(os.environ.get("EO_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
PATIENCE = 60.0

MOMENTS = ["any time", "checkpoint begun", "checkpoint written", "output committed"]

SETTINGS = {
    "hashmap": {"state.backend.type": "hashmap"},
    "rocksdb": {
        "state.backend.type": "rocksdb",
        "execution.checkpointing.incremental": "true",
    },
    "changelog": {
        "state.changelog.enabled": "true",
        "state.changelog.periodic-materialize.interval": "300 ms",
        "execution.checkpointing.unaligned.enabled": "true",
    },
    "sql": {},
}


def seen(work: Path, moment: str) -> set[str]:
    """What there is to see of the moment: it comes about when that grows."""
    if moment == "checkpoint begun":
        return {str(p) for p in work.glob("checkpoints/*/chk-*")}
    if moment == "checkpoint written":
        return {str(p) for p in work.glob("checkpoints/*/chk-*/_metadata")}
    return {p.name for p in work.glob("out/*") if not p.name.startswith((".", "_"))}


def restorable(work: Path) -> bool:
    """Says whether there is a complete checkpoint; after the first one until the job has finished
    there always is."""
    return bool(seen(work, "checkpoint written"))


class Run:
    """A job that is started until it has finished."""

    def __init__(self, work: Path, rows: int, keys: int, kind: str) -> None:
        self.work = work
        job = HERE / ("sql_job.py" if kind == "sql" else "job.py")
        self.command = [sys.executable, str(job), str(work), str(rows), str(keys)]
        self.command += [f"{k}={v}" for k, v in SETTINGS[kind].items()]

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        if process.stdout.readline() != "started\n":
            raise AssertionError(process.communicate()[1])
        return process

    def until_killed(self, rng: random.Random) -> bool:
        """Runs the job up to a random moment; False: it has finished before."""
        process = self.start()
        moment, wait = rng.choice(MOMENTS), rng.uniform(0, 0.6)
        skip = rng.randrange(3)
        deadline = time.monotonic() + (wait if moment == "any time" else PATIENCE)
        before = seen(self.work, moment)
        while time.monotonic() < deadline and process.poll() is None:
            if moment != "any time":
                now = seen(self.work, moment)
                if now - before:
                    if skip == 0:
                        time.sleep(rng.choice([0, rng.uniform(0, 0.02)]))
                        break
                    skip -= 1
                    before = now
            time.sleep(0.0005)
        finished = process.poll() is not None
        process.kill()
        _, err = process.communicate()
        if finished:
            assert process.returncode == 0, err
        return not finished

    def to_its_end(self) -> None:
        process = self.start()
        _, err = process.communicate(timeout=PATIENCE * 3)
        assert process.returncode == 0, err


def check(work: Path, rows: int, keys: int) -> None:
    """Compares the committed lines with those of an undisturbed run, as multisets."""
    lines: collections.Counter[str] = collections.Counter()
    for path in work.glob("out/*"):
        if not path.name.startswith((".", "_")):
            lines.update(path.read_text().splitlines())
    want = collections.Counter(
        f"{key},{n + 1}" for key in range(keys) for n in range(len(range(key, rows, keys)))
    )
    lost, extra = want - lines, lines - want
    assert not lost, f"{lost.total()} lines are missing: {sorted(lost)[:5]}"
    assert not extra, f"{extra.total()} lines are too many: {sorted(extra)[:5]}"


@pytest.mark.parametrize("kind", SETTINGS)
def test_kill_loses_and_repeats_nothing(kind: str, tmp_path: Path) -> None:
    rng = random.Random(f"{SEED} {kind}")
    kills = -(-KILLS // len(SETTINGS))
    print(f"replay with EO_SEED={SEED} EO_KILLS={KILLS}")
    done = 0
    part = 0
    while done < kills:  # a job that is over makes room for another one
        part += 1
        work = tmp_path / str(part)
        rows, keys = rng.randrange(60_000, 160_000), rng.randrange(1, 99)
        run = Run(work, rows, keys, kind)
        begun = False
        while done < kills:
            # A run may be killed between the job's end and that of its process.
            if begun and not restorable(work):
                break
            if not run.until_killed(rng):
                break
            begun = begun or restorable(work)
            done += 1
        else:
            if not begun or restorable(work):
                run.to_its_end()
        check(work, rows, keys)
