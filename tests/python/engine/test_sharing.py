"""Live objects go by reference; that nobody can see it is shown by functions that change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headrace.common import Row, RowKind, Types
from headrace.datastream import (
    KeyedProcessFunction,
    ProcessFunction,
    StreamExecutionEnvironment,
)
from headrace.datastream.state import ValueStateDescriptor

MakeEnv = Callable[..., StreamExecutionEnvironment]


def changed(value: dict[str, Any]) -> dict[str, Any]:
    value["seen"] = [*value.get("seen", []), "x"]
    value["n"].append(len(value["n"]))
    return value


def rows(count: int = 50) -> list[dict[str, Any]]:
    return [{"id": i, "n": []} for i in range(count)]


def keyed(results: Any) -> list[Any]:
    return sorted(results, key=lambda v: (v["id"], len(v["n"])))


def collect(stream: Any) -> list[Any]:
    with stream.execute_and_collect() as found:
        return list(found)


@pytest.mark.parametrize("mode", ["STREAMING", "BATCH"])
def test_two_consumers_see_what_was_emitted(make_env: MakeEnv, parallelism: int, mode: str) -> None:
    stream = make_env(parallelism, mode).from_collection(rows()).map(lambda v: v)
    twice = stream.map(changed).union(stream.map(changed), stream.rebalance().map(changed))
    want = [{"id": i, "n": [0], "seen": ["x"]} for i in range(50) for _ in range(3)]
    assert keyed(collect(twice)) == want


def test_every_subtask_of_a_broadcast_has_its_own(make_env: MakeEnv) -> None:
    stream = make_env(3).from_collection(rows(20)).map(lambda v: v).broadcast().map(changed)
    want = [{"id": i, "n": [0], "seen": ["x"]} for i in range(20) for _ in range(3)]
    assert keyed(collect(stream)) == want


class Keeps(ProcessFunction):
    """Emits what it keeps, and changes it afterwards."""

    def open(self, runtime_context: Any) -> None:
        self.kept: dict[str, Any] = {"ids": []}

    def process_element(self, value: Any, ctx: Any) -> Any:
        self.kept["ids"].append(value["id"])
        yield self.kept
        self.kept["ids"].append(-1)
        value["n"].append("later")


def test_what_is_emitted_and_changed_afterwards(make_env: MakeEnv) -> None:
    stream = make_env(1).from_collection(rows(3)).process(Keeps())
    forward, across = stream.map(lambda v: v["ids"]), stream.rebalance().map(lambda v: v["ids"])
    want = [[0], [0, -1, 1], [0, -1, 1, -1, 2]]
    assert sorted(collect(forward.union(across)), key=len) == [v for v in want for _ in range(2)]


class Refills(ProcessFunction):
    """Emits one list, or one Row, time and again."""

    def __init__(self, as_row: bool) -> None:
        self.value: Any = Row(0, "x") if as_row else [0, 0]

    def process_element(self, value: Any, ctx: Any) -> Any:
        self.value[0] = value
        if isinstance(self.value, Row):
            kind = RowKind.DELETE if value % 2 else RowKind.INSERT
            self.value.set_row_kind(kind)
        yield self.value
        self.value[0] = -1


def test_what_is_emitted_with_a_type_and_changed_afterwards(make_env: MakeEnv) -> None:
    numbers = make_env(1).from_collection(list(range(5)), Types.LONG())
    lists = numbers.process(Refills(False), Types.LIST(Types.LONG()))
    assert collect(lists) == [[i, 0] for i in range(5)]
    rows = numbers.process(Refills(True), Types.ROW([Types.LONG(), Types.STRING()]))
    kinds = [RowKind.DELETE if i % 2 else RowKind.INSERT for i in range(5)]
    assert [(row[0], row.get_row_kind()) for row in collect(rows)] == list(enumerate(kinds))


class Accumulates(KeyedProcessFunction):
    """Keeps the element itself as state and changes it in place."""

    def open(self, runtime_context: Any) -> None:
        kept = ValueStateDescriptor("kept", Types.PICKLED_BYTE_ARRAY())
        self.state = runtime_context.get_state(kept)

    def process_element(self, value: Any, ctx: Any) -> Any:
        kept = self.state.value()
        if kept is None:
            kept = value
        else:
            kept["n"].append(value["id"])
        self.state.update(kept)
        yield kept


def test_what_is_emitted_does_not_change_with_the_state(
    make_env: MakeEnv, parallelism: int
) -> None:
    stream = make_env(parallelism).from_collection(rows(4)).key_by(lambda v: 0)
    found = collect(stream.process(Accumulates()).map(lambda v: v))
    assert sorted(len(v["n"]) for v in found) == [0, 1, 2, 3]


def test_a_collection_is_read_again_as_it_was(
    make_env: MakeEnv, fail_once: Callable[..., Any]
) -> None:
    data = rows(30)
    stream = make_env(1).from_collection(data).map(changed)
    stream = stream.map(lambda v: v["id"], None).map(fail_once(25)).map(lambda v: {"id": v})
    assert sorted(v["id"] for v in collect(stream)) == list(range(30))
    assert data == rows(30)


def test_a_restart_does_not_show_the_changes_of_the_attempt_before(
    make_env: MakeEnv, fail_once: Callable[..., Any]
) -> None:
    failing = fail_once(25)

    def check(value: dict[str, Any]) -> Any:
        failing.map(value["id"])
        return value

    stream = make_env(1).from_collection(rows(30)).map(changed).map(check)
    assert keyed(collect(stream)) == [{"id": i, "n": [0], "seen": ["x"]} for i in range(30)]


def test_typed_rows_with_kinds_pass_a_map() -> None:
    """Rows whose kinds are not all INSERT travel as objects, although their type has columns."""
    from headrace.common import Row, RowKind, Types

    kept, gone = Row(1, "x"), Row(2, "y")
    gone.set_row_kind(RowKind.DELETE)
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    rows = env.from_collection([kept, gone], type_info=Types.ROW([Types.INT(), Types.STRING()]))
    with rows.execute_and_collect() as it:
        assert [r.get_row_kind() for r in it] == [RowKind.INSERT, RowKind.DELETE]
    with rows.map(lambda r: (r[0], str(r.get_row_kind()))).execute_and_collect() as it:
        assert list(it) == [(1, "+I"), (2, "-D")]
