"""The operations of a batch API, in memory and spilled, in both modes, at two parallelisms."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from programs import FailOnce, MakeEnv

from headrace.common import Row, Types
from headrace.datastream import (
    AggregateFunction,
    DataStream,
    MapFunction,
    Order,
    RuntimeContext,
    StreamExecutionEnvironment,
)

LIMIT = "execution.sort-partition.memory"
_random = random.Random(7)
ROWS = [(_random.choice("abcd"), _random.randrange(1000)) for _ in range(2000)]


class Bench:
    """Environments of one setting, with the rows as a stream."""

    def __init__(self, make: MakeEnv, parallelism: int, mode: str, limit: str) -> None:
        self.make, self.parallelism, self.mode, self.limit = make, parallelism, mode, limit

    def env(self) -> StreamExecutionEnvironment:
        return self.make(self.parallelism, self.mode, **{LIMIT: self.limit})

    def rows(self, values: Iterable[Any] = ROWS) -> DataStream[Any]:
        return self.env().from_collection(list(values)).rebalance()


@pytest.fixture(params=["STREAMING", "BATCH"])
def mode(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["128mb", "2kb"])
def bench(request: pytest.FixtureRequest, make_env: MakeEnv, parallelism: int, mode: str) -> Bench:
    return Bench(make_env, parallelism, mode, request.param)


def collected(stream: Any) -> list[Any]:
    return list(stream.execute_and_collect())


class Where(MapFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.subtask = runtime_context.get_index_of_this_subtask()

    def map(self, value: Any) -> Any:
        return self.subtask, value


def value_of(row: tuple[str, int]) -> int:
    return row[1]


def test_map_partition_sees_every_element_of_its_subtask_once(bench: Bench) -> None:
    parts = collected(
        bench.rows().full_window_partition().map_partition(lambda rows: [sorted(rows)])
    )
    assert 1 <= len(parts) <= bench.parallelism
    assert sorted(row for part in parts for row in part) == sorted(ROWS)


def test_elements_are_kept_as_they_were(bench: Bench) -> None:
    class Refill(MapFunction):
        def open(self, runtime_context: RuntimeContext) -> None:
            self.buffer: list[Any] = []

        def map(self, value: Any) -> Any:
            self.buffer[:] = [value]
            return self.buffer

    kept = bench.rows(range(50)).map(Refill()).full_window_partition().map_partition(list)
    assert sorted(collected(kept)) == [[i] for i in range(50)]


def test_elements_are_of_their_types_behind_a_sort(bench: Bench) -> None:
    odd = [True, 1.5, float("inf"), 10**30, "\ud800", b"", (), (None, ((1,),)), [1, {"a": {2}}]]
    odd += [bytearray(b"x"), Decimal("1.50"), Row(a=1, b="x"), date(2026, 1, 2), Order.ASCENDING]
    values = [(i % 7, i, odd[i % len(odd)]) for i in range(600)]
    plain = [(i % 7, i, odd[i % 8]) for i in range(600)]
    for given in (values, plain):
        stream = bench.env().from_collection(given).force_non_parallel()
        ordered = stream.full_window_partition().sort_partition(0).force_non_parallel()
        assert collected(ordered.map(repr).force_non_parallel()) == [
            repr(row) for row in sorted(given, key=lambda row: row[:2])
        ]


@pytest.mark.parametrize("order", list(Order))
def test_every_plain_key_sorts_as_in_python_and_stably(bench: Bench, order: Order) -> None:
    rng = random.Random(3)
    texts = [b"", b"\0", b"\0" * 8, b"\0" * 9, b"a", b"a\0", b"\xff", b"prefix-8", b"prefix-9"]
    texts += [b"prefix-9" + bytes([byte]) * n for byte in (0, 97, 255) for n in (1, 2, 9)]
    inf = float("inf")
    choices: list[list[Any]] = [
        texts,
        [b"common-to-all" + text for text in texts],
        [b"all equal"],
        [b"group-%d-common-%d%s" % (a, b, end) for a in (1, 22) for b in range(9) for end in texts],
        [0, -1, 1, 2**63 - 1, -(2**63), 255, 256, -256],
        [0, 2**63, -(2**63) - 1, 10**400],
        [0.0, -0.0, 1.5, -1.5, inf, -inf, 5e-324, -5e-324, 1e308],
        [0, 0.5, True, -1],
        ["", "a", "\xe4", "\U0001f600", "\ud800"],
    ]
    rows = [(*(rng.choice(values) for values in choices), i) for i in range(500)]
    rows += [(*row[:-1], 500 + i) for i, row in enumerate(rows[:50])]
    for field in range(len(choices)):
        stream = bench.env().from_collection(rows).force_non_parallel()
        ordered = stream.full_window_partition().sort_partition(field, order)
        found = [row[-1] for row in collected(ordered.force_non_parallel())]
        down = order is Order.DESCENDING
        assert found == [r[-1] for r in sorted(rows, key=itemgetter(field), reverse=down)], field


def test_rows_sort_by_the_name_of_a_field(bench: Bench) -> None:
    rows = [Row(name=name, number=number) for name, number in ROWS]
    typed = Types.ROW_NAMED(["name", "number"], [Types.STRING(), Types.LONG()])
    stream = bench.env().from_collection(rows, typed).force_non_parallel()
    ordered = stream.full_window_partition().sort_partition("number", Order.DESCENDING)
    found = [(row.name, row.number) for row in collected(ordered.force_non_parallel())]
    assert found == sorted(ROWS, key=value_of, reverse=True)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("texts", [["", "a", "ab", "a\0", "prefix-8", "prefix-99"], ["a", "\xe4"]])
def test_rows_and_keys_of_functions_sort_as_tuples_do(
    bench: Bench, order: Order, texts: list[str]
) -> None:
    rng = random.Random(5)
    rows = [Row(number=i, text=rng.choice(texts)) for i in range(400)]
    down = order is Order.DESCENDING
    want = [row.number for row in sorted(rows, key=lambda row: row.text, reverse=down)]
    for by in (1, "text", lambda row: row.text):
        stream = bench.env().from_collection(rows).force_non_parallel()
        ordered = stream.full_window_partition().sort_partition(by, order).force_non_parallel()
        assert [row.number for row in collected(ordered)] == want, by


@pytest.mark.parametrize("order", list(Order))
def test_sort_is_that_of_python(bench: Bench, order: Order) -> None:
    numbered = [(*row, i) for i, row in enumerate(ROWS)]
    found = collected(bench.rows(numbered).sort(1, order))
    assert [row[1] for row in found] == sorted(
        (row[1] for row in ROWS), reverse=order is Order.DESCENDING
    )
    assert sorted(found) == sorted(numbered)


def test_ties_of_a_sorted_partition_keep_their_order(bench: Bench) -> None:
    numbered = [(*row, i) for i, row in enumerate(ROWS)]
    stream = bench.env().from_collection(numbered).global_().map(lambda row: row)
    ordered = stream.force_non_parallel().full_window_partition().sort_partition(0)
    assert collected(ordered.force_non_parallel()) == sorted(numbered, key=lambda row: row[0])


def test_ranges_are_in_order_and_about_equal(bench: Bench) -> None:
    # half of the rows are of three keys
    skewed = [int(_random.lognormvariate(3, 2)) for _ in range(10_000)] + [5] * 5000 + [9] * 5000
    placed = collected(bench.rows(skewed).range_partition(lambda v: v).map(Where()))
    assert Counter(value for _, value in placed) == Counter(skewed)
    parts = [[v for at, v in placed if at == i] for i in range(bench.parallelism)]
    assert all(max(a) <= min(b) for a, b in itertools.pairwise(parts))
    assert max(map(len, parts)) <= 1.3 * len(skewed) / bench.parallelism


def test_an_odd_key_has_its_place(bench: Bench) -> None:
    values = [3, None, "b", 1.5, float("nan"), "a", (1, None), b"x", (1, 2), True]
    found = collected(bench.rows(values).sort(lambda v: v).map(repr))
    expected = "None True 1.5 3 nan 'a' 'b' b'x' (1, None) (1, 2)"
    if bench.parallelism == 1:
        assert " ".join(found) == expected
    ordered = collected(bench.rows(values).sort(lambda v: v))
    assert [repr(v) for v in ordered] == [
        "None", "True", "1.5", "3", "nan", "'a'", "'b'", "b'x'", "(1, None)", "(1, 2)",
    ]  # fmt: skip


def test_a_comparison_that_raises_fails_the_job_with_it(bench: Bench) -> None:
    class Proud:
        def __lt__(self, other: object) -> bool:
            raise ArithmeticError("I compare with nobody")

    env = bench.make(1, bench.mode, **{LIMIT: bench.limit, "restart-strategy.type": "none"})
    stream = env.from_collection([1, 2, 3]).map(lambda v: (Proud(), v))
    with pytest.raises(ArithmeticError, match="nobody"):
        collected(stream.full_window_partition().sort_partition(0))


def test_groups(bench: Bench) -> None:
    by_key = {k: sorted(v for key, v in ROWS if key == k) for k in "abcd"}
    keyed = bench.rows().key_by(lambda row: row[0])
    assert sorted(collected(keyed.sort_group(1).first_n(3).map(value_of))) == sorted(
        v for values in by_key.values() for v in values[:3]
    )
    keyed = bench.rows().key_by(lambda row: row[0])
    largest = keyed.sort_group(1, Order.DESCENDING).group_reduce(lambda rows: [next(iter(rows))])
    assert sorted(collected(largest)) == [(k, by_key[k][-1]) for k in "abcd"]
    keyed = bench.rows().key_by(lambda row: row[0])
    sums = keyed.group_reduce(lambda rows: [sum(v for _, v in rows)])
    assert sorted(collected(sums)) == sorted(sum(values) for values in by_key.values())


def test_group_combine_changes_no_result(bench: Bench) -> None:
    def add(a: tuple[str, int], b: tuple[str, int]) -> tuple[str, int]:
        return a[0], a[1] + b[1]

    combined = bench.rows().group_combine(lambda row: row[0], add, max_groups=2)
    last = dict(collected(combined.key_by(lambda row: row[0]).reduce(add)))
    plain: dict[str, int] = {}
    for key, value in ROWS:
        plain[key] = plain.get(key, 0) + value
    if bench.mode == "BATCH":
        assert last == plain
    assert sum(v for _, v in collected(combined)) == sum(plain.values())


def test_keys_that_are_equal_in_python_only_are_not_combined(bench: Bench) -> None:
    combined = (
        bench.env()
        .from_collection([1, 1.0, True, "1", 1])
        .group_combine(lambda v: v, lambda a, b: a)
    )
    assert set(map(repr, collected(combined))) == {"1", "1.0", "True", "'1'"}


def test_reduce_and_aggregate_fold_a_partition(bench: Bench) -> None:
    class Mean(AggregateFunction):
        def create_accumulator(self) -> tuple[int, int]:
            return 0, 0

        def add(self, value: Any, accumulator: tuple[int, int]) -> tuple[int, int]:
            return accumulator[0] + value[1], accumulator[1] + 1

        def get_result(self, accumulator: tuple[int, int]) -> tuple[int, int]:
            return accumulator

        def merge(self, acc_a: tuple[int, int], acc_b: tuple[int, int]) -> tuple[int, int]:
            return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]

    total = sum(v for _, v in ROWS)
    whole = bench.rows().full_window_partition()
    assert sum(v for _, v in collected(whole.reduce(lambda a, b: ("", a[1] + b[1])))) == total
    folded = collected(bench.rows().full_window_partition().aggregate(Mean()))
    assert [sum(column) for column in zip(*folded, strict=True)] == [total, len(ROWS)]


def test_cross_gives_all_pairs(bench: Bench) -> None:
    env = bench.env()
    first, second = env.from_collection(list(range(200))), env.from_collection(list(range(70)))
    pairs = collected(first.cross(second, lambda a, b: a * 1000 + b))
    assert sorted(pairs) == sorted(a * 1000 + b for a in range(200) for b in range(70))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("join", ["2x", "2z"]),
        ("left_outer_join", ["1None", "2x", "2z", "3None"]),
        ("right_outer_join", ["2x", "2z", "None_"]),
        ("full_outer_join", ["1None", "2x", "2z", "3None", "None_"]),
    ],
)
def test_joins_of_bounded_streams(bench: Bench, kind: str, expected: list[str]) -> None:
    env = bench.env()
    left = env.from_collection([1, 2, 3])
    right = env.from_collection([(2, "x"), (4, "_"), (2, "z")])
    joined = getattr(left, kind)(right).where(lambda v: v).equal_to(lambda v: v[0])
    found = collected(joined.apply(lambda a, b: f"{a}{b and b[1]}"))
    assert sorted(found) == expected


def test_co_group_of_bounded_streams(bench: Bench) -> None:
    env = bench.env()
    left, right = env.from_collection([1, 2, 2]), env.from_collection([2, 3])
    grouped = left.co_group(right).where(lambda v: v).equal_to(lambda v: v)
    found = collected(grouped.apply(lambda a, b: [(len(list(a)), len(list(b)))]))
    assert sorted(found) == [(0, 1), (1, 0), (2, 1)]


def test_elements_of_one_key_are_read_as_they_are_needed(bench: Bench) -> None:
    """Half of all rows have one key: they need not fit into memory."""
    rows = [("big" if i % 2 else str(i), i) for i in range(1200)]
    kind = "Rows" if bench.limit == "2kb" else "list"
    keyed = bench.rows(rows).key_by(lambda row: row[0])

    def see(rows: Any) -> Iterable[Any]:
        seen = iter(rows)
        assert iter(seen) is seen  # no list
        yield from seen

    mapped = keyed.full_window_partition().map_partition(see)
    assert sorted(collected(mapped)) == sorted(rows)
    keyed = bench.rows(rows).key_by(lambda row: row[0])
    ordered = collected(keyed.full_window_partition().sort_partition(1, Order.DESCENDING))
    assert [v for k, v in ordered if k == "big"] == list(range(1199, 0, -2))

    env = bench.env()
    first, second = env.from_collection(rows), env.from_collection([("big", 1), ("big", 2)])
    grouped = first.co_group(second).where(lambda v: v[0]).equal_to(lambda v: v[0])
    sizes = grouped.apply(lambda a, b: [(type(a).__name__, len(a), sum(1 for _ in a), len(b))])
    large = [size for size in collected(sizes) if size[1] > 1]
    assert large == [(kind, 600, 600, 2)]
    env = bench.env()
    first, second = env.from_collection(rows), env.from_collection([("big", 1), ("big", 2)])
    joined = first.left_outer_join(second).where(lambda v: v[0]).equal_to(lambda v: v[0])
    pairs = collected(joined.apply(lambda a, b: (a, b)))
    want = [(r, (r[0], k) if k else None) for r in rows for k in ((1, 2) if r[1] % 2 else (0,))]
    assert sorted(pairs, key=repr) == sorted(want, key=repr)


def test_numbers_counts_and_samples(bench: Bench) -> None:
    indexed = collected(bench.rows().zip_with_index())
    assert sorted(i for i, _ in indexed) == list(range(len(ROWS)))
    assert sorted(row for _, row in indexed) == sorted(ROWS)
    assert len({i for i, _ in collected(bench.rows().zip_with_unique_id())}) == len(ROWS)
    assert bench.rows().count() == len(ROWS)
    assert len(collected(bench.rows().first_n(7))) == 7
    assert 800 <= len(collected(bench.rows().sample(0.5, seed=3))) <= 1200
    assert 3600 <= len(collected(bench.rows().sample(2.0, True, seed=3))) <= 4400
    distinct = collected(bench.rows().distinct(lambda row: row[0]).map(lambda row: row[0]))
    assert sorted(distinct) == list("abcd")


def test_an_empty_input_gives_what_it_should(bench: Bench) -> None:
    nothing = bench.rows().filter(lambda row: False)
    assert collected(nothing.sort(1)) == []
    assert collected(bench.rows().filter(lambda row: False).zip_with_index()) == []
    assert bench.rows().filter(lambda row: False).count() == 0
    env = bench.env()
    none = env.from_collection([1]).filter(lambda v: False)
    assert collected(env.from_collection([1, 2]).cross(none)) == []


def test_a_restart_in_the_middle_loses_and_repeats_nothing(
    make_env: MakeEnv, parallelism: int, mode: str, tmp_path: Path
) -> None:
    env = make_env(parallelism, mode, **{LIMIT: "2kb"})
    slow = env.from_collection(list(range(300))).map(FailOnce(250, tmp_path))
    assert collected(slow.sort(lambda v: -v)) == list(range(299, -1, -1))


def test_nothing_spilled_is_left_behind(make_env: MakeEnv, tmp_path: Path) -> None:
    env = make_env(1, "BATCH", **{LIMIT: "1kb", "io.tmp.dirs": str(tmp_path)})
    assert len(collected(env.from_collection(ROWS).sort(1))) == len(ROWS)
    assert [path for path in tmp_path.rglob("headrace-*") if path.is_file()] == []


def test_a_folder_that_cannot_be_is_named(make_env: MakeEnv, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.write_text("")
    env = make_env(
        1, "BATCH", **{LIMIT: "1kb", "io.tmp.dirs": str(gone), "restart-strategy.type": "none"}
    )
    with pytest.raises(OSError, match=r"gone.*io\.tmp\.dirs"):
        collected(env.from_collection(ROWS).full_window_partition().sort_partition(1))
