"""Servers of the tests: each is started by its script in tests/services, on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests/services"


class Service:
    """A server with a data directory of its own."""

    def __init__(self, name: str, directory: Path) -> None:
        self._script = str(SCRIPTS / f"{name}.sh")
        self.directory = directory
        self.port = 0

    def start(self) -> None:
        """Starts it; a server that does not come up fails the test with its log."""
        done = subprocess.run(
            [self._script, "start", str(self.directory)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        self.port = int(done.stdout)

    def kill(self) -> None:
        """kill -9."""
        subprocess.run([self._script, "kill", str(self.directory)], check=True)

    def stop(self) -> None:
        """Ends it."""
        subprocess.run([self._script, "stop", str(self.directory)], check=True)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"


def _run(name: str, folder: str = "") -> Iterator[Service]:
    # Not below tmp_path: PostgreSQL's user may not enter it.
    directory = ROOT / "build/services" / f"py-{folder or name}-{os.getpid()}"
    service = Service(name, directory)
    try:
        service.start()
        yield service
    finally:
        service.stop()
        shutil.rmtree(directory)


@pytest.fixture
def kafka() -> Iterator[Service]:
    """Apache Kafka."""
    yield from _run("kafka")


@pytest.fixture
def kafka_secured() -> Iterator[Service]:
    """Apache Kafka that wants TLS and a password; directory holds the certificates."""
    yield from _run("kafka-secured")


@pytest.fixture
def postgresql() -> Iterator[Service]:
    """PostgreSQL."""
    yield from _run("postgresql")


@pytest.fixture
def rabbitmq() -> Iterator[Service]:
    """RabbitMQ."""
    yield from _run("rabbitmq")
