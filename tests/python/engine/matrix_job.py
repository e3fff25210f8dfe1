"""A program of the matrix as a process that is killed: its results go to files, exactly once.

usage: matrix_job.py FOLDER NAME PARALLELISM MODE
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from matrix_programs import COUNT, PROGRAMS, Failing

from headrace.common import Configuration, Encoder, Types
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.file_system import FileSink


class Killed(Failing):
    """The process is gone where Failing raises."""

    def map(self, value: Any) -> Any:
        try:
            return super().map(value)
        except RuntimeError:
            os.kill(os.getpid(), signal.SIGKILL)
            raise


def main(folder: Path, name: str, parallelism: int, mode: str) -> None:
    config = Configuration()
    for key, value in {
        "execution.runtime-mode": mode,
        "execution.checkpointing.interval": "20 ms",
        "execution.checkpointing.dir": f"file://{folder}/checkpoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.state-recovery.path": "latest",
        "parallelism.default": str(parallelism),
    }.items():
        config.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    killed = Killed(COUNT // 2, folder, after_checkpoint=mode == "STREAMING")
    results = PROGRAMS[name].build(env, killed).map(repr, Types.STRING())
    out = FileSink.for_row_format(f"{folder}/out", Encoder.simple_string_encoder())
    results.sink_to(out.build())
    env.execute(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
