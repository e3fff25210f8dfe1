"""kill -9 at random moments, also while a snapshot is taken or committed, loses and repeats no row.

EO_KILLS and EO_SEED say how often and with which seed; the seed is printed.
"""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
KILLS = int(os.environ.get("EO_KILLS", "10"))
SEED = int(os.environ.get("EO_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
PATIENCE = 120.0

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
    },
    "varied": {"state.backend.type": "rocksdb"},
    "process": {"python.execution-mode": "process"},
    "sql": {},
}

WORKERS = {
    "python.execution-mode": "process",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1000",
    "restart-strategy.fixed-delay.delay": "10 ms",
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

    def __init__(
        self, work: Path, rows: int, keys: int, settings: dict[str, str], job: str = "job.py"
    ) -> None:
        self.work = work
        self.varied: random.Random | None = None  # decides what each start has otherwise
        self.command = [sys.executable, str(HERE / job), str(work), str(rows), str(keys)]
        self.command += [f"{k}={v}" for k, v in settings.items()]

    def start(self) -> subprocess.Popen[str]:
        command = list(self.command)
        if self.varied is not None:
            checkpointing = "execution.checkpointing"
            command += [
                f"parallelism.default={self.varied.randrange(1, 4)}",
                f"{checkpointing}.unaligned.enabled={self.varied.choice(['true', 'false'])}",
                f"{checkpointing}.aligned-checkpoint-timeout={self.varied.choice([0, 20])} ms",
            ]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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
        job = "sql_job.py" if kind == "sql" else "job.py"
        run = Run(work, rows, keys, SETTINGS[kind], job)
        if kind in ("changelog", "varied"):
            run.varied = rng
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


def children(parent: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def test_kill_of_workers_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """The job's process lives, its worker processes are killed: it restarts by itself."""
    rng = random.Random(f"{SEED} workers")
    kills = -(-KILLS // len(SETTINGS))
    print(f"replay with EO_SEED={SEED} EO_KILLS={KILLS}")
    rows, keys = rng.randrange(60_000, 100_000), rng.randrange(1, 99)
    process = Run(tmp_path, rows, keys, WORKERS).start()
    done = 0
    while done < kills and process.poll() is None:
        moment, deadline = rng.choice(MOMENTS[1:]), time.monotonic() + PATIENCE
        before = seen(tmp_path, moment)
        while process.poll() is None and not seen(tmp_path, moment) - before:
            assert time.monotonic() < deadline, f"no {moment}"
            time.sleep(0.0005)
        workers = children(process.pid)
        if workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
            done += 1
    _, err = process.communicate(timeout=PATIENCE * 3)
    assert process.returncode == 0, err
    assert done, "the job was over before a worker could be killed"
    check(tmp_path, rows, keys)
