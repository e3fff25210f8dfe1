"""The 22 queries of TPC-H give what DuckDB gives, also when all but nothing fits into memory."""

from __future__ import annotations

import pytest
import tpch

SCALE = 0.02


@pytest.fixture(scope="module")
def answers():
    con = tpch.duckdb(tpch.data(SCALE))
    return {q: con.execute(tpch.query(q, SCALE)).fetchall() for q in tpch.QUERIES}


@pytest.fixture(scope="module", params=["1gb", "1mb"])
def env(request):
    return tpch.environment(
        tpch.data(SCALE),
        {"taskmanager.memory.managed.size": request.param, "parallelism.default": "3"},
    )


@pytest.mark.parametrize("name", tpch.QUERIES)
def test_equals_duckdb(name, env, answers):
    assert not tpch.difference(tpch.rows(env, tpch.query(name, SCALE)), answers[name])


def test_there_are_all_queries():
    assert [f"q{i:02}" for i in range(1, 23)] == tpch.QUERIES
