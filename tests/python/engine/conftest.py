"""Programs on the native engine of the installed package."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headrace.common import Configuration
from headrace.datastream import MapFunction, StreamExecutionEnvironment

pytest.importorskip("headrace._core", reason="the engine is part of the wheel")

MakeEnv = Callable[..., StreamExecutionEnvironment]


@pytest.fixture(params=[1, 3])
def parallelism(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def make_env(tmp_path: Path) -> MakeEnv:
    """Makes environments with short checkpoint intervals and one restart."""

    def make(parallelism: int, mode: str = "STREAMING", **more: str) -> StreamExecutionEnvironment:
        conf = {
            "execution.runtime-mode": mode,
            "execution.checkpointing.interval": "20 ms",
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": "1",
            "restart-strategy.fixed-delay.delay": "1 ms",
            **more,
        }
        config = Configuration()
        for key, value in conf.items():
            config.set_string(key, value)
        env = StreamExecutionEnvironment.get_execution_environment(config)
        env.set_parallelism(parallelism)
        return env

    return make


class FailOnce(MapFunction):
    """Hands elements on slowly, and fails at one of them in the first attempt."""

    def __init__(self, at: Any, folder: Path, pause: float = 0.002) -> None:
        self.at, self.mark, self.pause = at, os.fspath(folder / "failed"), pause

    def map(self, value: Any) -> Any:
        import os
        import time

        if self.pause:
            time.sleep(self.pause)
        if value == self.at and not os.path.exists(self.mark):
            with open(self.mark, "w"):
                pass
            raise RuntimeError("once")
        return value


@pytest.fixture
def fail_once(tmp_path: Path) -> Callable[..., FailOnce]:
    def make(at: Any, pause: float = 0.002) -> FailOnce:
        return FailOnce(at, tmp_path, pause)

    return make
