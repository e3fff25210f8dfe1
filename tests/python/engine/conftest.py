"""Programs on the native engine of the installed package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import FailOnce, MakeEnv

from headrace.common import Configuration
from headrace.datastream import StreamExecutionEnvironment

pytest.importorskip("headrace._core", reason="the engine is part of the wheel")



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


@pytest.fixture
def fail_once(tmp_path: Path) -> Callable[..., FailOnce]:
    def make(at: Any, pause: float = 0.002) -> FailOnce:
        return FailOnce(at, tmp_path, pause)

    return make
