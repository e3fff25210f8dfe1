"""Random queries over random tables give what DuckDB gives: in batches, and as streams whose
changes are taken in, with one and two subtasks. RANDOM_SQL_QUERIES=n, RANDOM_SQL_SEED=n replays.
"""

from __future__ import annotations

import collections
import os
from pathlib import Path

import engines
import pytest
import queries

QUERIES = int(os.environ.get("RANDOM_SQL_QUERIES", "40"))
SEED = int(os.environ.get("RANDOM_SQL_SEED", "1"))
RUNS = [
    ("batch", 1), ("batch", 2), ("streaming", 1), ("streaming", 2),
    ("streaming in mini-batches", 2),
]  # fmt: skip

# Found by this test, each with the fault that it showed.
FOUND = [
    # Of the left side nothing was wanted but one column, and pruning had dropped that one.
    "SELECT r.k AS c0 FROM orders AS t JOIN parts AS u ON t.s = u.s "
    "RIGHT JOIN orders AS r ON t.dt = r.dt AND (TRUE) IS FALSE",
]


@pytest.mark.parametrize(("mode", "parallelism"), RUNS)
def test_queries(mode: str, parallelism: int, tmp_path: Path) -> None:
    engines.write_tables(tmp_path, SEED)
    duck = engines.on_duckdb(tmp_path)
    t_env = engines.on_headrace(tmp_path, mode, parallelism)
    first = SEED * 1_000_000
    random = [
        queries.Queries(seed, mode != "batch").query() for seed in range(first, first + QUERIES)
    ]
    for query in FOUND + random:
        rows = duck.execute(query).fetchall()
        want = collections.Counter(engines.plain(row) for row in rows)
        assert engines.answer(t_env, query) == want, query
    t_env.close()
