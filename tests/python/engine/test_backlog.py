"""Sources that catch up with the past first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from programs import MakeEnv

from headrace.common import WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.base import Source, SourceReader


class Reader(SourceReader):
    def read(self, split: Any, position: Any) -> Iterator[tuple[Any, Any]]:
        for n in range(position or 0, 200):
            yield (split, n), n + 1


class Mixed(Source):
    """Splits of the past and of the present, mixed."""

    def splits(self) -> Iterable[Any]:
        return ["now-1", "old-1", "now-2", "old-2", "old-3"]

    def is_backlog(self, split: Any) -> bool:
        return split.startswith("old")

    def create_reader(self, context: Any) -> SourceReader:
        return Reader()


def run(env: StreamExecutionEnvironment, fail_once: Any) -> list[Any]:
    rows = env.from_source(Mixed(), WatermarkStrategy.no_watermarks(), "mixed")
    with rows.map(fail_once).execute_and_collect() as found:
        return list(found)


def test_the_past_is_read_first(make_env: MakeEnv, parallelism: int, fail_once: Any) -> None:
    interval = {"execution.checkpointing.interval-during-backlog": "0"}
    got = run(make_env(parallelism, **interval), fail_once(("old-2", 100)))
    assert sorted(got) == sorted((split, n) for split in Mixed().splits() for n in range(200))
    if parallelism == 1:
        assert {split for split, _ in got[:600]} == {"old-1", "old-2", "old-3"}
