"""Equal answers, whatever the settings: parallelism, batches, chaining, state, checkpoints, mode,
threads and worker processes.

META_RUNS and META_SEED say how many random settings each program runs under and with which seed.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import programs
import pytest

RUNS = int(os.environ.get("META_RUNS", "8"))
SEED = int(os.environ.get("META_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

PLAIN = {"parallelism.default": "1", "execution.runtime-mode": "STREAMING"}


def random_settings(rng: random.Random, work: Path) -> dict[str, str]:
    """Draws the settings of one run."""
    settings = {
        "parallelism.default": str(rng.randint(1, 3)),
        "headrace.batch.rows": str(rng.choice([1, 7, 100, 1024])),
        "headrace.exchange.size": rng.choice(["1 kb", "64 kb", "8 mb"]),
        "pipeline.operator-chaining.enabled": rng.choice(["true", "false"]),
        "state.backend.type": rng.choice(["hashmap", "rocksdb"]),
        "execution.runtime-mode": rng.choice(["STREAMING", "STREAMING", "BATCH"]),
        "python.execution-mode": rng.choice(["thread", "thread", "process"]),
    }
    if settings["execution.runtime-mode"] == "STREAMING" and rng.random() < 0.7:
        settings |= {
            "execution.checkpointing.interval": f"{rng.choice([5, 20, 100])} ms",
            "execution.checkpointing.dir": str(work / "checkpoints"),
            "execution.checkpointing.unaligned.enabled": rng.choice(["true", "false"]),
            "execution.checkpointing.incremental": rng.choice(["true", "false"]),
            "state.changelog.enabled": rng.choice(["true", "false"]),
        }
    return settings


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    print(f"replay with META_SEED={SEED}")
    return random.Random(f"{SEED} {request.node.name}")


@pytest.mark.parametrize("number", range(len(programs.QUERIES)))
def test_sql(number: int, rng: random.Random, tmp_path: Path) -> None:
    programs.write_tables(tmp_path, rng)
    query = programs.QUERIES[number]
    want = programs.sql(tmp_path, query, PLAIN)
    assert want, "an empty answer shows nothing"
    for _ in range(RUNS):
        settings = random_settings(rng, tmp_path)
        if rng.random() < 0.3:
            settings |= {
                "table.exec.mini-batch.enabled": "true",
                "table.exec.mini-batch.allow-latency": "50 ms",
                "table.exec.mini-batch.size": str(rng.choice([2, 100])),
            }
        print(settings)
        assert programs.sql(tmp_path, query, settings) == want, settings


def test_data_stream(rng: random.Random, tmp_path: Path) -> None:
    rows = [(rng.randrange(20), rng.randrange(90_000)) for _ in range(1500)]
    want = programs.data_stream(tmp_path, rows, PLAIN)
    assert want
    for n in range(RUNS * 2):
        work = tmp_path / str(n)
        work.mkdir()
        settings = random_settings(rng, work)
        if "execution.checkpointing.interval" in settings and rng.random() < 0.5:
            settings |= {
                "restart-strategy.type": "fixed-delay",
                "restart-strategy.fixed-delay.attempts": "3",
                "restart-strategy.fixed-delay.delay": "1 ms",
                "test.fail-at": str(rng.randrange(1, 400)),
            }
        print(settings)
        assert programs.data_stream(work, rows, settings) == want, settings
