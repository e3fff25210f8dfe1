"""Keyed sums and the like in batch mode: joined before the exchange, with the same results."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from programs import MakeEnv

from headrace.common import Row, TimestampAssigner, Types, WatermarkStrategy

COUNT = 6000
_random = random.Random(3)
ROWS = [(_random.randrange(40), n, _random.randrange(100)) for n in range(COUNT)]
# In order of arrival at one subtask; with a second subtask "first" would be a matter of luck.
OPERATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[list[Any]], Any]]] = {
    "sum": (lambda keyed: keyed.sum(2), lambda rows: (*rows[0][:2], sum(r[2] for r in rows))),
    "min": (lambda keyed: keyed.min(2), lambda rows: (*rows[0][:2], min(r[2] for r in rows))),
    "max_by": (lambda keyed: keyed.max_by(2), lambda rows: max(rows, key=lambda r: r[2])),
    "reduce": (
        lambda keyed: keyed.reduce(lambda a, b: (a[0], a[1], a[2] + b[2])),
        lambda rows: (*rows[0][:2], sum(r[2] for r in rows)),
    ),
    # Not associative: it may be applied once only, after the exchange.
    "count": (
        lambda keyed: keyed.reduce(lambda a, b: (a[0], a[1], a[2] + 1)),
        lambda rows: (*rows[0][:2], rows[0][2] + len(rows) - 1),
    ),
}


def wanted(fold: Callable[[list[Any]], Any]) -> list[Any]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in ROWS:
        groups[row[0]].append(row)
    return sorted(map(fold, groups.values()))


CASES = [
    (name, which)
    for name in sorted(OPERATIONS)
    for which in ("NONE", "BUILT_IN", "ALL")
    if (name, which) != ("count", "ALL")  # ALL says that all reduces are associative
]


@pytest.mark.parametrize(("name", "which"), CASES)
@pytest.mark.parametrize("budget", ["64 mb", "1 kb"])
def test_combining_changes_no_result(
    make_env: MakeEnv, name: str, budget: str, which: str, fail_once: Any
) -> None:
    settings = {
        "headrace.batch.pre-aggregation": which,
        "taskmanager.memory.managed.size": budget,
        "headrace.batch.rows": "500",
    }
    env = make_env(1, "BATCH", **settings)
    operate, fold = OPERATIONS[name]
    rows = env.from_collection(ROWS).map(fail_once(ROWS[COUNT // 2], 0))
    with operate(rows.key_by(lambda row: row[0])).execute_and_collect() as found:
        assert sorted(found) == wanted(fold)


TRIPLE = Types.TUPLE([Types.LONG(), Types.LONG(), Types.INT()])


@pytest.mark.parametrize("name", ["sum", "min", "max_by"])
@pytest.mark.parametrize("budget", ["64 mb", "1 kb"])
@pytest.mark.parametrize("which", ["NONE", "BUILT_IN"])
def test_typed_elements_are_joined_by_columns(
    make_env: MakeEnv, name: str, budget: str, which: str, fail_once: Any
) -> None:
    settings = {
        "headrace.batch.pre-aggregation": which,
        "taskmanager.memory.managed.size": budget,
        "headrace.batch.rows": "500",
    }
    env = make_env(1, "BATCH", **settings)
    operate, fold = OPERATIONS[name]
    rows = env.from_collection(ROWS).map(fail_once(ROWS[COUNT // 2], 0), TRIPLE)
    keyed = rows.key_by(lambda row: row[0])
    with operate(keyed).map(lambda row: (*row, "seen")).execute_and_collect() as found:
        assert sorted(found) == [(*row, "seen") for row in wanted(fold)]


@pytest.mark.parametrize("typed", [False, True])
def test_fields_of_rows_and_numbers(make_env: MakeEnv, parallelism: int, typed: bool) -> None:
    env = make_env(parallelism, "BATCH")
    rows = [Row(name=f"k{n % 3}", cents=float(n)) for n in range(60)]
    info = Types.ROW_NAMED(["name", "cents"], [Types.STRING(), Types.DOUBLE()])
    stream = env.from_collection(rows, info) if typed else env.from_collection(rows)
    keyed = stream.key_by(lambda row: row["name"])
    with keyed.sum("cents").execute_and_collect() as found:
        got = sorted((row["name"], row["cents"]) for row in found)
    assert got == [(f"k{k}", float(sum(range(k, 60, 3)))) for k in range(3)]
    numbers = env.from_collection(list(range(60)), Types.LONG() if typed else None)
    with numbers.key_by(lambda n: n % 3).max().execute_and_collect() as found:
        assert sorted(found) == [57, 58, 59]


BEYOND = {
    "int": (Types.INT(), [2**31 - 2, 1, 1], "does not fit INT"),
    "long": (Types.LONG(), [2**63 - 2, 1, 1], "does not fit BIGINT"),
    "none": (Types.INT(), [1, None], "NoneType"),
}


@pytest.mark.parametrize("name", sorted(BEYOND))
def test_sums_that_do_not_fit_are_errors(make_env: MakeEnv, name: str) -> None:
    info, values, message = BEYOND[name]
    env = make_env(1, "BATCH", **{"restart-strategy.type": "none"})
    pairs = env.from_collection([("a", v) for v in values], Types.TUPLE([Types.STRING(), info]))
    with pytest.raises(Exception, match=message):
        list(pairs.key_by(lambda row: row[0]).sum(1).execute_and_collect())


def test_a_sum_may_leave_the_range_on_its_way(make_env: MakeEnv) -> None:
    env = make_env(1, "BATCH", **{"headrace.batch.pre-aggregation": "NONE"})
    values = [2**31 - 1, 5, -9]
    info = Types.TUPLE([Types.STRING(), Types.INT()])
    pairs = env.from_collection([("a", v) for v in values] + [("b", 3)], info)
    sums = list(pairs.key_by(lambda row: row[0]).sum(1).execute_and_collect())
    assert sorted(sums) == [("a", 2**31 - 5), ("b", 3)]


@pytest.mark.parametrize("execution", ["thread", "process"])
def test_parts_of_several_subtasks_are_joined(make_env: MakeEnv, execution: str) -> None:
    env = make_env(3, "BATCH", **{"python.execution-mode": execution})
    typed = Types.TUPLE([Types.STRING(), Types.LONG()])
    rows = env.from_collection([(f"k{n % 7}", n) for n in range(COUNT)], typed).rebalance()
    sums = rows.key_by(lambda row: row[0], Types.STRING()).sum(1)
    with sums.execute_and_collect() as found:
        assert sorted(found) == [(f"k{k}", sum(range(k, COUNT, 7))) for k in range(7)]


class Second(TimestampAssigner):
    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
        time: int = value[1]
        return time


def test_keys_that_hardly_repeat_pass(make_env: MakeEnv) -> None:
    env = make_env(2, "BATCH")
    count = 120_000
    rows = env.from_collection([(n % 100_000, n) for n in range(count)])
    rows = rows.assign_timestamps_and_watermarks(
        WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Second())
    )
    with rows.key_by(lambda row: row[0]).sum(1).execute_and_collect() as found:
        got = dict(found)
    assert len(got) == 100_000
    assert sum(got.values()) == sum(range(count))
    assert got[19_999] == 19_999 + 119_999


@pytest.mark.parametrize("memory", ["64 mb", "1 kb"])
@pytest.mark.parametrize("which", ["NONE", "ALL"])
@pytest.mark.parametrize("typed", [False, True])
def test_elements_are_joined_in_order_of_time(
    make_env: MakeEnv, parallelism: int, which: str, memory: str, typed: bool
) -> None:
    settings = {"headrace.batch.pre-aggregation": which, "execution.sorted-inputs.memory": memory}
    times = list(range(400))
    random.Random(5).shuffle(times)
    for operate, want in (
        (lambda keyed: keyed.sum(2), [(k, k, 100 * (k + 1)) for k in range(4)]),
        (lambda keyed: keyed.max_by(2), [(k, k, k + 1) for k in range(4)]),
    ):
        env = make_env(parallelism, "BATCH", **settings)
        elements = [(t % 4, t, t % 4 + 1) for t in times]
        rows = env.from_collection(elements, TRIPLE if typed else None).rebalance()
        rows = rows.assign_timestamps_and_watermarks(
            WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(Second())
        )
        with operate(rows.key_by(lambda row: row[0])).execute_and_collect() as found:
            assert sorted(found) == want


def test_an_error_names_the_reduce(make_env: MakeEnv) -> None:
    env = make_env(1, "BATCH", **{"restart-strategy.type": "none"})
    rows = env.from_collection([("a", 1), ("a", "x")]).key_by(lambda row: row[0])
    with pytest.raises(Exception, match=r"operator 'Sum' failed while processing"):
        list(rows.sum(1).execute_and_collect())
