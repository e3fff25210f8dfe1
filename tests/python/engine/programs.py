"""What the tests of this folder make programs of."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headrace.datastream import MapFunction, StreamExecutionEnvironment

MakeEnv = Callable[..., StreamExecutionEnvironment]


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
