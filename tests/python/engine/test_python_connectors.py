"""Sources and sinks written in Python, over restarts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from headrace.common import Types, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.base import (
    Committer,
    Sink,
    SinkWriter,
    Source,
    SourceReader,
)

MakeEnv = Callable[..., StreamExecutionEnvironment]


class Ranges(Source):
    """Splits of numbers; hesitant: it has nothing to give now and then."""

    def __init__(self, splits: int, each: int, hesitant: bool = False) -> None:
        super().__init__()
        self.count, self.each, self.hesitant = splits, each, hesitant

    def splits(self) -> Iterable[Any]:
        return [(i * self.each, (i + 1) * self.each) for i in range(self.count)]

    def create_reader(self, context: Any) -> SourceReader:
        return RangeReader(self.hesitant)


class RangeReader(SourceReader):
    def __init__(self, hesitant: bool) -> None:
        self.hesitant = hesitant

    def read(self, split: Any, position: Any) -> Iterable[Any]:
        start, end = split
        for n in range(start if position is None else position, end):
            if self.hesitant and n % 50 == 0:
                yield None
            yield n, n + 1


class Folder(Sink):
    """Files that get their names when the checkpoint is complete."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = os.fspath(path)

    def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
        return FolderWriter(self.path, context)

    def create_committer(self, context: Any) -> Committer:
        return FolderCommitter()


class FolderWriter(SinkWriter):
    def __init__(self, path: str, context: Any) -> None:
        place = f"{context.get_attempt_number()}-{context.get_index_of_this_subtask()}"
        self.path, self.place, self.count = path, place, 0
        self.lines: list[str] = []

    def write(self, element: Any, context: Any) -> None:
        self.lines.append(str(element))

    def prepare_commit(self) -> list[Any]:
        if not self.lines:
            return []
        name = os.path.join(self.path, f"part-{self.place}-{self.count}")
        with open(name + ".hidden", "w") as file:
            file.write("\n".join(self.lines))
        self.count += 1
        self.lines = []
        return [name]


class FolderCommitter(Committer):
    def commit(self, committables: list[Any]) -> None:
        for name in committables:
            if os.path.exists(name + ".hidden"):
                os.rename(name + ".hidden", name)


def numbers(folder: Path) -> list[int]:
    found: list[int] = []
    for file in folder.glob("part-*"):
        if not file.name.endswith(".hidden"):
            found += map(int, file.read_text().split())
    return sorted(found)


@pytest.mark.parametrize("hesitant", [False, True])
@pytest.mark.parametrize("splits", [0, 1, 5])
def test_all_splits_are_read(
    make_env: MakeEnv, parallelism: int, splits: int, hesitant: bool
) -> None:
    source = Ranges(splits, 300, hesitant)
    no_marks = WatermarkStrategy.no_watermarks()
    stream = make_env(parallelism).from_source(source, no_marks, "ranges", Types.LONG())
    with stream.execute_and_collect() as found:
        assert sorted(found) == list(range(splits * 300))


def test_reading_goes_on_at_the_positions_of_the_checkpoint(
    make_env: MakeEnv, parallelism: int, fail_once: Callable[..., Any]
) -> None:
    seen: Any = Ranges(4, 200)
    stream = make_env(parallelism).from_source(seen, WatermarkStrategy.no_watermarks(), "ranges")
    with stream.map(fail_once(350)).execute_and_collect() as found:
        assert sorted(found) == list(range(800))


def test_a_sink_in_two_phases_is_exactly_once(
    make_env: MakeEnv, parallelism: int, fail_once: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    env = make_env(parallelism)
    stream = env.from_source(Ranges(4, 200), WatermarkStrategy.no_watermarks(), "ranges")
    stream.map(fail_once(350)).sink_to(Folder(folder))
    env.execute("two phases")
    assert numbers(folder) == list(range(800))


def test_in_batch_mode_what_ended_before_a_failure_is_not_written_twice(
    make_env: MakeEnv, tmp_path: Path
) -> None:
    """The sink of the first lane ends at once; the second lane fails then, and both run again."""
    folder = tmp_path / "out"
    folder.mkdir()
    mark = tmp_path / "failed"
    pipelined = {"execution.batch-shuffle-mode": "ALL_EXCHANGES_PIPELINED"}
    env = make_env(2, "BATCH", **pipelined)

    class Ended(FolderWriter):
        def flush(self, end_of_input: bool) -> None:
            if end_of_input:
                (tmp_path / f"ended-{self.place.rpartition('-')[2]}").touch()

    class Marking(Folder):
        def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
            return Ended(self.path, context)

    def second_fails(n: int) -> int:
        deadline = time.monotonic() + 120
        while n >= 1000 and not mark.exists():
            if (tmp_path / "ended-0").exists():
                mark.touch()
                raise RuntimeError("the slower lane fails")
            assert time.monotonic() < deadline
            time.sleep(0.001)
        return n

    lanes = env.from_collection([*range(10), *range(1000, 1010)], Types.LONG()).partition_custom(
        lambda lane, count: lane, lambda n: int(n >= 1000)
    )
    lanes.map(second_fails, Types.LONG()).sink_to(Marking(folder))
    env.execute("lanes")
    assert mark.exists()
    assert numbers(folder) == sorted([*range(10), *range(1000, 1010)])


class Raises(SourceReader):
    def read(self, split: Any, position: Any) -> Iterable[Any]:
        yield 1, 1
        raise ValueError("no more of this")


class Broken(Ranges):
    def create_reader(self, context: Any) -> SourceReader:
        return Raises()


def test_an_exception_of_a_reader_is_the_jobs(make_env: MakeEnv) -> None:
    env = make_env(1, **{"restart-strategy.type": "none"})
    stream = env.from_source(Broken(1, 1), WatermarkStrategy.no_watermarks(), "broken")
    with pytest.raises(Exception, match="no more of this"), stream.execute_and_collect() as found:
        list(found)
