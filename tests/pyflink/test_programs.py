"""Random DataStream programs give on headrace what they give on PyFlink.

A sample of them; PYFLINK_SEEDS=n runs all with n seeds (make stress).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from conftest import Run, program_output

PROGRAMS = Path(__file__).with_name("programs.py")


def results(output: str) -> dict[str, list[str]]:
    lines = [line[8:] for line in output.splitlines() if line.startswith("PROGRAM ")]
    return dict(map(json.loads, lines))


SEEDS = int(os.environ.get("PYFLINK_SEEDS", "0"))
NAMES = [] if SEEDS else ["states", "session", "sliding", "count_trigger", "co_process", "rows"]


@pytest.mark.parametrize("seed", range(SEEDS or 1))
def test_pyflink_and_headrace_give_the_same(seed: int, pyflink: Run) -> None:
    program = [str(PROGRAMS), str(seed), *NAMES]
    ours = results(program_output([sys.executable, "-m", "headrace.pyflink", *program]))
    assert all(ours.values())
    assert ours == results(pyflink(*program))
