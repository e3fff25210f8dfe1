"""A full disk fails a real process with a word that says so; with space again it goes on from its
last checkpoint and nothing is lost or repeated.

The disk is "full" for files above a size (RLIMIT_FSIZE): that needs no privileges. Python ignores
SIGXFSZ, so writes fail with EFBIG, as they do with ENOSPC on a full disk.
"""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest
from test_kill import PATIENCE, SETTINGS, Run, check

ROWS, KEYS = 60_000, 30_000
LARGEST = 30_000  # bytes: the first checkpoints fit, those of many keys do not


@pytest.mark.parametrize("kind", ["hashmap", "rocksdb"])
def test_full_disk_loses_nothing(kind: str, tmp_path: Path) -> None:
    settings = {**SETTINGS[kind], "execution.checkpointing.incremental": "false"}
    run = Run(tmp_path, ROWS, KEYS, settings)
    stopped = subprocess.run(
        [*run.command, "restart-strategy.type=none"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST)),
        capture_output=True,
        text=True,
        timeout=PATIENCE * 3,
        check=False,
    )
    assert stopped.returncode == 1, stopped.stderr
    assert "file too large" in stopped.stderr, stopped.stderr
    assert "panic" not in stopped.stderr, stopped.stderr
    run.to_its_end()
    check(tmp_path, ROWS, KEYS)
