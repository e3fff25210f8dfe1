"""Where real PyFlink is: `make pyflink` makes build/pyflink; `make bench` has one of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = (ROOT / "build" / "pyflink", ROOT / "build" / "bench" / "pyflink")
SECONDS_MAX = 900

Run = Callable[..., str]


def program_output(command: list[str], **variables: str) -> str:
    """What a program writes; its last lines of stderr are the message when it fails."""
    env = {**os.environ, "TZ": "UTC", **variables}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS_MAX)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def pyflink() -> Run:
    """Runs a Python script, with arguments, on PyFlink and gives what it writes."""
    if shutil.which("java") is None:
        pytest.skip("not compared with PyFlink: there is no Java here")
    made = next((e for e in ENVIRONMENTS if (e / "ready").exists()), None)
    if made is None:
        pytest.skip("not compared with PyFlink: `make pyflink` could not install apache-flink")
    python = made / "bin" / "python"
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"

    def run(*arguments: str) -> str:
        # Short jobs: the JVM's optimising compiler would only cost time.
        jvm = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx2g"
        return program_output([str(python), *arguments], PATH=path, JVM_ARGS=jvm)

    return run
