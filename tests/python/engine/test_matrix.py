"""Every window and every state kind with a checkpoint, a failure and a restore in the middle.

Each program runs once without a failure, at parallelism 1, and once with one; both give the same.
`make test` runs the sample, MATRIX=all (make stress) runs everything.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from matrix_programs import COUNT, PROGRAMS, SAMPLE, Failing
from programs import MakeEnv

ALL = os.environ.get("MATRIX") == "all"


def cases() -> list[Any]:
    return [
        pytest.param(name, parallelism, mode, id=f"{name}-{parallelism}-{mode}")
        for name, program in PROGRAMS.items()
        for mode in program.modes
        for parallelism in (1, 3)
        if ALL or (name, parallelism, mode) in SAMPLE
    ]


def run(env: Any, name: str, failing: Failing) -> list[Any]:
    with PROGRAMS[name].build(env, failing).execute_and_collect() as found:
        return sorted(found, key=repr)


@pytest.mark.parametrize(("name", "parallelism", "mode"), cases())
def test_equal_after_a_failure(
    name: str, parallelism: int, mode: str, make_env: MakeEnv, tmp_path: Path
) -> None:
    want = run(make_env(1, mode), name, Failing(None, tmp_path))
    failing = Failing(COUNT // 2, tmp_path, after_checkpoint=mode == "STREAMING")
    got = run(make_env(parallelism, mode), name, failing)
    assert failing.failed(), "the failure was not reached"
    assert got == want
