"""The job that is killed while it catches up, or just after: numbers of the past, then of the
present, counted for each key into files that are committed once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from job import Count

from headrace.common import Configuration, Encoder, Types, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.base import Source, SourceReader
from headrace.datastream.connectors.file_system import BucketAssigner, FileSink, RollingPolicy

PAST, PRESENT = 20_000, 6_000
KEYS = 50
SLOW = 3_000  # rows of a slow part, 30 ms each: nobody gets to their end before the kill


class Reader(SourceReader):
    """Reads a range; notes where it begins, and goes slowly behind a number, of which it tells."""

    def __init__(self, work: Path, slow_from: int) -> None:
        self.work = work
        self.slow_from = slow_from

    def read(self, split: Any, position: Any) -> Iterator[tuple[Any, Any]]:
        first, end = split
        at = first if position is None else position
        with (self.work / "begins").open("a") as begins:
            begins.write(f"{at}\n")
        for n in range(at, end):
            if first <= self.slow_from <= n:
                (self.work / "slow").touch()
                time.sleep(0.03)
            yield n, n + 1


class Numbers(Source):
    """A past of two splits, a present of one."""

    def __init__(self, work: Path, slow_from: int) -> None:
        super().__init__()
        self.work = work
        self.slow_from = slow_from

    def splits(self) -> Iterable[Any]:
        return [(PAST, PAST + PRESENT), (0, PAST // 2), (PAST // 2, PAST)]

    def is_backlog(self, split: Any) -> bool:
        return split[0] < PAST

    def create_reader(self, context: Any) -> SourceReader:
        return Reader(self.work, self.slow_from)


def main(work: Path, slow_from: int, interval: str) -> None:
    """Runs the job to its end."""
    config = Configuration()
    for key, value in {
        "execution.checkpointing.interval": "50 ms",
        "execution.checkpointing.interval-during-backlog": interval,
        "execution.checkpointing.dir": f"{work}/checkpoints",
        "execution.state-recovery.path": "latest",
        "execution.sorted-inputs.memory": "16 kb",  # the past goes to disk
        "headrace.batch.rows": "100",
        "io.tmp.dirs": f"{work}/tmp",
    }.items():
        config.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(1)
    sink = (
        FileSink.for_row_format(f"{work}/out", Encoder.simple_string_encoder())
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .build()
    )
    numbers = env.from_source(
        Numbers(work, slow_from), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    counts = numbers.key_by(lambda n: n % KEYS, Types.LONG()).process(Count(), Types.STRING())
    counts.name("count").uid("count").sink_to(sink).name("files").uid("files")
    print("started", flush=True)
    env.execute("counts")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
