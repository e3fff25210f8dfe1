"""Random streaming programs, undisturbed and interrupted in the middle, give the same.

RESTORE_PROGRAMS=n, RESTORE_SEED=n replays.
"""

from __future__ import annotations

import collections
import os
import random
from pathlib import Path

import duckdb
import engines
import executions
import feeds
import pyarrow as pa
import pytest
from executions import Program
from feeds import Change
from pipelines import Pipelines

PROGRAMS = int(os.environ.get("RESTORE_PROGRAMS", "25"))
SEED = int(os.environ.get("RESTORE_SEED", "1"))
PLAIN = {"parallelism.default": "1"}
ARROW = {**engines.ARROW, feeds.TIME: pa.timestamp("ms")}

# Found by this test, each with the fault that it showed.
GONE = (
    "SELECT COALESCE(k, -9) AS c0, COUNT(*) AS c1 FROM names GROUP BY COALESCE(k, -9) "
    "HAVING COUNT(*) < 2"
)
FOUND = [
    # A row whose new version the condition drops stayed in the sink.
    Program(GONE, ["INT", "BIGINT"], [0], "upsert", GONE),
]


def on_duckdb(data: dict[str, list[Change]], query: str) -> engines.Answer:
    con = duckdb.connect()
    for table, columns in feeds.COLUMNS.items():
        rows = feeds.final(table, data[table])
        arrays = {c: pa.array([r[i] for r in rows], ARROW[k]) for i, (c, k) in enumerate(columns)}
        con.register(table, pa.table(arrays))
    return collections.Counter(engines.plain(r) for r in con.execute(query).fetchall())


def compared(program: Program, seed: int, folder: Path) -> None:
    """A program in all its executions."""
    rng = random.Random(f"restores {seed}")
    data = feeds.random_feeds(rng)
    program.settings = executions.random_plan_settings(rng)
    before, after = executions.random_settings(rng), executions.random_settings(rng)
    gates = executions.random_gates(rng, data)
    way = rng.choice(("savepoint", "savepoint", "restart", "resume"))
    slow = rng.random() < 0.3
    planned = rng.random() < 0.3
    print(
        f"seed {seed}: {way}{' slow' * slow}{' planned' * planned} at {gates}\n"
        f"before {before}\nafter {after}\n{program}"
    )
    want = executions.undisturbed(program, data, PLAIN)
    if program.duck is not None:
        assert want == on_duckdb(data, program.duck)
    if way == "savepoint":
        got = executions.restored(program, data, gates, folder, before, after, slow, planned)
    else:
        again = after if way == "resume" else None
        got = executions.failed(program, data, gates, folder, before, again, slow)
    assert got == want


@pytest.mark.parametrize("seed", range(SEED * 1_000_000, SEED * 1_000_000 + PROGRAMS))
def test_equal_after_a_restore(seed: int, tmp_path: Path) -> None:
    compared(Pipelines(seed).program(), seed, tmp_path)


@pytest.mark.parametrize("number", range(len(FOUND)))
def test_found(number: int, tmp_path: Path) -> None:
    compared(FOUND[number], number, tmp_path)
