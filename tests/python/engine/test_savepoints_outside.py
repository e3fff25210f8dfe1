"""Savepoints read, changed and written outside of jobs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from headrace.common import Configuration, WatermarkStrategy
from headrace.common.typeinfo import Types
from headrace.datastream import DataStream, JobListener, StreamExecutionEnvironment
from headrace.datastream.connectors.number_seq import NumberSequenceSource
from headrace.datastream.functions import KeyedProcessFunction
from headrace.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    ValueStateDescriptor,
)
from headrace.savepoint import Savepoint
from headrace.util.exceptions import ApiError, ValidationException

KEYS = 5


class Count(KeyedProcessFunction):
    """Counts, and keeps the first three and the last number of a key."""

    def open(self, runtime_context: Any) -> None:
        self._count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
        self._first = runtime_context.get_list_state(ListStateDescriptor("first", Types.LONG()))
        self._last = runtime_context.get_map_state(
            MapStateDescriptor("last", Types.STRING(), Types.LONG())
        )

    def process_element(self, value: int, ctx: Any) -> Iterable[tuple[int, int]]:
        count = (self._count.value() or 0) + 1
        self._count.update(count)
        if count <= 3:
            self._first.add(value)
        self._last.put("n", value)
        yield ctx.get_current_key(), count


def counts(path: str = "", parallelism: int = 2) -> DataStream[Any]:
    """The job; its input does not end."""
    config = Configuration()
    # Without checkpoints a source without splits would end, and no savepoint could be taken.
    config.set_string("execution.checkpointing.interval", "200 ms")
    if path:
        config.set_string("execution.state-recovery.path", path)
    env = StreamExecutionEnvironment.get_execution_environment(config)
    env.set_parallelism(parallelism)
    source = NumberSequenceSource(0, 10**12)
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers").uid("numbers")
    return numbers.key_by(lambda n: n % KEYS, Types.LONG()).process(Count()).uid("count")


class Clients(JobListener):
    """The clients of the jobs that an environment has started."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def on_job_submitted(self, job_client: Any, error: Any) -> None:
        self.all.append(job_client)

    def on_job_executed(self, job_execution_result: Any, error: Any) -> None:
        pass


def running(stream: DataStream[Any]) -> tuple[Iterator[Any], Any]:
    """The rows of the job and its client."""
    clients = Clients()
    stream.get_execution_environment().register_job_listener(clients)
    rows = stream.execute_and_collect()
    return rows, clients.all[0]


def stopped(work: Path, stream: DataStream[Any]) -> str:
    """The path of a savepoint taken once the job has given some rows."""
    rows, client = running(stream)
    assert len(list(itertools.islice(rows, 100))) == 100
    made: str = client.stop_with_savepoint(False, str(work)).result()
    return made


def test_states_are_read_as_their_functions_declared_them(tmp_path: Path) -> None:
    savepoint = Savepoint(stopped(tmp_path, counts()))
    operator = next(o for o in savepoint.operators() if o.uid == "count")
    assert operator.states == {"count": KEYS, "first": KEYS, "last": KEYS}
    assert (operator.parallelism, operator.max_parallelism) == (2, 128)
    count = {e.key: e.value for e in savepoint.entries("count", "count")}
    last = {e.key: e.value for e in savepoint.entries("count", "last")}
    assert set(count) == set(range(KEYS))
    assert all(last[k]["n"] % KEYS == k for k in last)
    table = savepoint.to_arrow("count", "first")
    assert table.schema == pa.schema([("key", pa.int64()), ("value", pa.list_(pa.int64()))])
    assert all(k == n % KEYS for k, ns in zip(*table.to_pydict().values(), strict=True) for n in ns)


@pytest.mark.parametrize("parallelism", [1, 3])
def test_a_changed_value_is_what_the_job_goes_on_with(tmp_path: Path, parallelism: int) -> None:
    given = Savepoint(stopped(tmp_path, counts()))
    before = {e.key: e.value for e in given.entries("count", "count")}
    edited = given.edit("count", "count", {3: 1_000_000, 1: None, 77: 5}).edit(
        "count", "count", pa.table({"key": [4], "value": [2_000_000]})
    )
    assert {e.key: e.value for e in edited.entries("count", "count")} == {
        0: before[0], 2: before[2], 3: 1_000_000, 4: 2_000_000, 77: 5,
    }
    assert {e.key: e.value for e in given.entries("count", "count")} == before
    path = edited.write(tmp_path / "edited")
    assert path.startswith(str(tmp_path / "edited"))
    first: dict[int, int] = {}
    rows, client = running(counts(path, parallelism))
    for key, count in rows:
        first.setdefault(key, count)
        if len(first) == KEYS:
            break
    later = Savepoint(client.stop_with_savepoint(False, str(tmp_path)).result())
    assert first == {
        0: before[0] + 1, 1: 1, 2: before[2] + 1, 3: 1_000_001, 4: 2_000_001,
    }
    kept = {e.key: e.value for e in later.entries("count", "count")}
    assert kept[77] == 5  # a key that the input never has
    # What was not edited came along: the three first numbers of key 1 are no longer added to.
    assert dict(e[::2] for e in later.entries("count", "first"))[0] == dict(
        e[::2] for e in given.entries("count", "first")
    )[0]


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValidationException, match="no checkpoint or savepoint"):
        Savepoint(tmp_path)
    savepoint = Savepoint(stopped(tmp_path, counts()))
    with pytest.raises(ValidationException, match="did you mean 'count'"):
        next(savepoint.entries("cuont", "count"))
    with pytest.raises(ValidationException, match="did you mean 'first'"):
        savepoint.edit("count", "frist", {})
    with pytest.raises(ApiError, match="no column value"):
        savepoint.edit("count", "count", pa.table({"key": [1]}))
    mixed = savepoint.edit("count", "count", {0: "text"})
    with pytest.raises(ApiError, match="no Arrow form"):
        mixed.to_arrow("count", "count")
    damaged = next(p for p in Path(savepoint.path).iterdir() if p.name != "_metadata")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(Exception, match="checksum"):
        savepoint.write(tmp_path / "edited")
    assert not list((tmp_path / "edited").glob("*/_metadata"))
