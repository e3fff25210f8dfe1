"""The job that is killed: numbers, counted for each key, into files that are committed once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from headrace.common import Configuration, Encoder, Types, WatermarkStrategy
from headrace.datastream import (
    KeyedProcessFunction,
    MapFunction,
    RuntimeContext,
    StreamExecutionEnvironment,
)
from headrace.datastream.connectors.file_system import BucketAssigner, FileSink, RollingPolicy
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.state import ValueStateDescriptor


class Slowly(MapFunction):
    """Passes rows on, so slowly that the job is long enough to be killed."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.rows = 0

    def map(self, value: int) -> int:
        self.rows += 1
        if self.rows % 100 == 0:
            time.sleep(self.pause)
        return value


class Count(KeyedProcessFunction):
    """Gives the key and how many rows it has had."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield f"{ctx.get_current_key()},{count}"


def main(work: str, rows: int, keys: int, settings: dict[str, str]) -> None:
    """Runs the job to its end."""
    config = Configuration()
    for key, value in {
        "execution.checkpointing.interval": "100 ms",
        "execution.checkpointing.dir": f"{work}/checkpoints",
        "execution.state-recovery.path": "latest",
        "headrace.batch.rows": "100",
        **settings,
    }.items():
        config.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    # Most files go on over several checkpoints, and kills, until they are large enough.
    sink = (
        FileSink.for_row_format(f"{work}/out", Encoder.simple_string_encoder())
        .with_rolling_policy(RollingPolicy.default_rolling_policy(part_size=50_000))
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .build()
    )
    numbers = env.from_source(
        NumberSequenceSource(0, rows - 1), WatermarkStrategy.no_watermarks(), "numbers"
    )
    slow = numbers.map(Slowly(0.005), Types.LONG())
    counts = slow.key_by(lambda n: n % keys, Types.LONG()).process(Count(), Types.STRING())
    counts.name("count").uid("count").sink_to(sink).name("files").uid("files")
    print("started", flush=True)
    env.execute("counts")


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        dict(s.split("=", 1) for s in sys.argv[4:]),
    )
