"""Random DataStream programs give on headrace what they give on PyFlink.

PYFLINK_SEEDS=n runs more seeds (make stress).
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


def ours_of(seed: int) -> dict[str, list[str]]:
    command = [sys.executable, "-m", "headrace.pyflink", str(PROGRAMS), str(seed)]
    return results(program_output(command))


@pytest.mark.parametrize("seed", range(int(os.environ.get("PYFLINK_SEEDS", "1"))))
def test_pyflink_and_headrace_give_the_same(seed: int, pyflink: Run) -> None:
    ours = ours_of(seed)
    assert all(ours.values())
    assert ours == results(pyflink(str(PROGRAMS), str(seed)))
