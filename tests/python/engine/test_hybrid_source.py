"""Several sources, one after the other, with a failure before and behind the change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from programs import FailOnce, MakeEnv

from headrace.common import WatermarkStrategy
from headrace.datastream.connectors.file_system import FileSource, StreamFormat
from headrace.datastream.connectors.hybrid_source import HybridSource
from headrace.datastream.connectors.number_seq import NumberSequenceSource


def files(folder: Path, first: int, end: int) -> FileSource:
    """Three files of numbers, one a line."""
    folder.mkdir()
    for part in range(3):
        lines = [f"{n}\n" for n in range(first + part, end, 3)]
        (folder / f"{part}.txt").write_text("".join(lines))
    return FileSource.for_record_stream_format(StreamFormat.text_line_format(), str(folder)).build()


@pytest.mark.parametrize("at", ["20", "70"])
@pytest.mark.parametrize("mode", ["STREAMING", "BATCH"])
def test_failure(
    make_env: MakeEnv,
    fail_once: Callable[..., FailOnce],
    tmp_path: Path,
    parallelism: int,
    mode: str,
    at: str,
) -> None:
    source = (
        HybridSource.builder(files(tmp_path / "old", 0, 50))
        .add_source(files(tmp_path / "new", 50, 100))
        .build()
    )
    env = make_env(parallelism, mode)
    lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "lines")
    got = [int(line) for line in lines.map(fail_once(at)).execute_and_collect()]
    assert sorted(got) == list(range(100))
    if parallelism == 1:
        assert max(got[:50]) < 50


def test_what_cannot_be_chained() -> None:
    numbers, lines = NumberSequenceSource(1, 2), FileSource("filesystem", {}, None)
    with pytest.raises(TypeError, match="source 2 of a HybridSource gives"):
        HybridSource.builder(numbers).add_source(lines)
    with pytest.raises(TypeError, match="not of a HybridSource: use union"):
        HybridSource.builder(HybridSource.builder(numbers).build())
