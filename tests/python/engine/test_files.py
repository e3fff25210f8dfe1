"""Files of the DataStream API, written by the engine and read as what they are."""

from __future__ import annotations

from pathlib import Path

from headrace.common import Encoder, Types, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.file_system import (
    BucketAssigner,
    FileCompactor,
    FileCompactStrategy,
    FileSink,
    OutputFileConfig,
    RollingPolicy,
)
from headrace.datastream.connectors.number_seq import NumberSequenceSource


def write(folder: Path, *, compact: bool) -> list[Path]:
    """Writes 10,000 lines into files of about a kilobyte and returns the files."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    builder = FileSink.for_row_format(str(folder), Encoder.simple_string_encoder())
    builder.with_rolling_policy(RollingPolicy.default_rolling_policy(part_size=1024))
    builder.with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
    builder.with_output_file_config(OutputFileConfig("lines", ".txt"))
    if compact:
        strategy = FileCompactStrategy.builder().set_size_threshold(1 << 30).build()
        builder.enable_compact(strategy, FileCompactor.concat_file_compactor(b"--\n"))
    numbers = env.from_source(
        NumberSequenceSource(1, 10_000), WatermarkStrategy.no_watermarks(), "numbers"
    )
    numbers.map(str, Types.STRING()).sink_to(builder.build())
    env.execute("files")
    return sorted(folder.iterdir())


def test_compaction_makes_one_file(tmp_path: Path) -> None:
    many = write(tmp_path / "many", compact=False)
    (one,) = write(tmp_path / "one", compact=True)
    assert len(many) > 1
    assert one.name.startswith("lines-")
    assert one.suffix == ".txt"
    lines = one.read_text().splitlines()
    assert lines.count("--") > 0
    want = [str(n) for n in range(1, 10_001)]
    assert sorted(line for line in lines if line != "--") == sorted(want)
    assert sorted("".join(f.read_text() for f in many).splitlines()) == sorted(want)
