"""What a program gets of typed streams: the values that it put in."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from headrace.common import Row, RowKind, Types
from headrace.common.time import Instant
from headrace.datastream import (
    KeyedStream,
    ProcessFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
)
from headrace.table import Schema, StreamTableEnvironment


def through(values: list[Any], type_info: Any) -> list[Any]:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    with env.from_collection(values, type_info).map(_same, type_info).execute_and_collect() as got:
        return list(got)


def _same(value: Any) -> Any:
    return value


@pytest.mark.parametrize(
    ("type_info", "odd", "want"),
    [
        (Types.LONG(), [2**63 - 1, -(2**63), 0], None),
        (Types.LONG(), [True, None], [1, None]),
        (Types.LONG(), [2**63, 7], [-(2**63), 7]),  # as a Java cast
        (Types.DOUBLE(), [float("inf"), -0.5], None),
        (Types.DOUBLE(), [1, None], [1.0, None]),
    ],
)
def test_long_lists_of_numbers(type_info: Any, odd: list[Any], want: list[Any] | None) -> None:
    plain = [float(i) if type_info == Types.DOUBLE() else i for i in range(1500)]
    got = through(plain + odd, type_info)
    assert got == plain + (odd if want is None else want)
    assert [type(v) for v in got[:1500]] == [type(v) for v in plain]
    assert type(got[-2]) is type(plain[0])


def test_long_lists_that_are_no_numbers() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    with pytest.raises(TypeError, match="word"):
        env.from_collection([*range(1500), "word"], Types.LONG())


def test_a_result_that_does_not_fit_its_type_is_named() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)  # the first element is the first to fail
    numbers = env.from_collection(list(range(3)), Types.LONG())
    big = numbers.map(lambda x: x + 2**63, Types.LONG())
    with pytest.raises(OverflowError, match=str(2**63)) as error, big.execute_and_collect() as got:
        list(got)
    assert any("Map" in note and str(2**63) in note for note in error.value.__notes__)


NESTED = Types.ROW_NAMED(
    ["id", "pair", "tags", "table"],
    [
        Types.INT(),
        Types.TUPLE([Types.STRING(), Types.ROW([Types.DOUBLE()])]),
        Types.LIST(Types.STRING()),
        Types.MAP(Types.STRING(), Types.LONG()),
    ],
)


@pytest.mark.parametrize(
    ("type_info", "values"),
    [
        (Types.BYTE(), [-128, None, 127]),
        (Types.LONG(), [-(2**63), 2**63 - 1]),
        (Types.FLOAT(), [0.5, None]),
        (Types.DOUBLE(), [0.1, float("inf")]),
        (Types.BOOLEAN(), [True, None, False]),
        (Types.STRING(), ["", "ä😀", None]),
        (Types.SQL_DATE(), [datetime.date(2020, 2, 29), None]),
        (Types.SQL_TIME(), [datetime.time(1, 2, 3)]),
        (Types.SQL_TIMESTAMP(), [datetime.datetime(1969, 1, 1, 2, 3, 4, 567890), None]),
        (Types.INSTANT(), [Instant(1, 5_000_000), None]),
        (Types.TUPLE([Types.INT(), Types.TUPLE([Types.STRING()])]), [(1, ("a",)), (2, None)]),
        (Types.PRIMITIVE_ARRAY(Types.BYTE()), [[1, -2], []]),
        (Types.MAP(Types.INT(), Types.LIST(Types.INT())), [{1: [2, None]}, {}, None]),
        (Types.BIG_DEC(), [Decimal("1.50")]),
    ],
)
def test_values_come_out_as_they_went_in(type_info: Any, values: list[Any]) -> None:
    got = through(values, type_info)
    assert got == values
    assert [type(v) for v in got] == [type(v) for v in values]


def test_rows_have_names_and_tuples_stay_tuples() -> None:
    row = Row(id=1, pair=("x", Row(0.5)), tags=["a", None], table={"k": 2})
    (got,) = through([row], NESTED)
    assert (got.id, got.pair[0], got.tags, got.table) == (1, "x", ["a", None], {"k": 2})
    assert got.pair[1].as_dict() == {"f0": 0.5}
    assert isinstance(got.pair, tuple)


def test_rows_keep_their_kinds() -> None:
    rows = [Row(n) for n in range(4)]
    for row, kind in zip(rows, RowKind, strict=True):
        row.set_row_kind(kind)
    got = through(rows, Types.ROW([Types.INT()]))
    assert [row.get_row_kind() for row in got] == list(RowKind)


def test_texts_are_made_of_numbers_as_java_makes_them() -> None:
    given = [1, 1.5, 1e10, True, None, Decimal("1.50"), "x"]
    assert through(given, Types.STRING()) == ["1", "1.5", "1.0E10", "true", None, "1.50", "x"]
    assert through([(1, 2)], Types.TUPLE([Types.STRING(), Types.LONG()])) == [("1", 2)]
    assert through([{1: 2}], Types.MAP(Types.STRING(), Types.STRING())) == [{"1": "2"}]


@pytest.mark.parametrize(
    ("type_info", "value", "text"),
    [
        (Types.STRING(), (1, 2), r"\(1, 2\) is no str, which String takes: write str\(value\)"),
        (Types.BOOLEAN(), 1, "1 is no bool, which Boolean takes"),
        (Types.DOUBLE(), "1", "'1' is no float, which Double takes"),
        (Types.INT(), 1.5, "1.5 is no int, which Integer takes"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_given(
    type_info: Any, value: Any, text: str
) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    with pytest.raises(TypeError, match=text):
        env.from_collection([value], type_info)


class Timestamps(ProcessFunction):
    def process_element(self, value: Any, ctx: Any) -> Any:
        yield value, ctx.timestamp()


@pytest.mark.parametrize("operation", ["reduce", "sum", "min", "max", "min_by", "max_by"])
def test_final_results_of_batch_mode_are_of_the_end_of_time(operation: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    keyed: KeyedStream[Any, Any] = env.from_collection([("a", 1), ("a", 2)]).key_by(lambda v: v[0])
    argument = (lambda a, _: a) if operation == "reduce" else 1
    results = getattr(keyed, operation)(argument).process(Timestamps())
    with results.execute_and_collect() as found:
        assert [timestamp for _, timestamp in found] == [2**63 - 1]


def test_rows_of_a_table_have_the_names_of_its_columns() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    tables = StreamTableEnvironment.create(env)
    named = Types.ROW_NAMED(["k", "n"], [Types.STRING(), Types.INT()])
    rows = env.from_collection([("a", 1)], named)
    tables.create_temporary_view("t", tables.from_data_stream(rows))
    sums = tables.sql_query("SELECT k, SUM(n) AS n FROM t GROUP BY k")
    with tables.to_changelog_stream(sums).execute_and_collect() as found:
        assert [row.as_dict() for row in found] == [{"k": "a", "n": 1}]


def test_columns_of_a_stream_are_converted_to_the_types_declared() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    tables = StreamTableEnvironment.create(env)
    rows = env.from_collection(
        [(1, 0.5, None), (2, 2.5, 3)],
        Types.ROW_NAMED(["id", "x", "n"], [Types.INT(), Types.FLOAT(), Types.LONG()]),
    )
    declared = Schema.new_builder().column("id", "BIGINT").column("x", "DOUBLE").column("n", "INT")
    table = tables.from_data_stream(rows, declared.build())
    with tables.to_data_stream(table).execute_and_collect() as found:
        assert [tuple(row) for row in found] == [(1, 0.5, None), (2, 2.5, 3)]


def test_floats_come_as_their_shortest_decimals() -> None:
    values = [0.1, 1 / 3, -2.5, 3.4028235e38, 1.4e-45, 0.0]
    assert through(values, Types.FLOAT()) == [0.1, 0.33333334, -2.5, 3.4028235e38, 1.4e-45, 0.0]
    pairs = Types.ROW([Types.FLOAT(), Types.DOUBLE()])
    assert [tuple(r) for r in through([(0.1, 0.1)], pairs)] == [(0.1, 0.1)]
    env = StreamExecutionEnvironment.get_execution_environment()
    shown = env.from_collection([0.1], Types.FLOAT()).map(repr)
    with shown.execute_and_collect() as found:
        assert list(found) == ["0.10000000149011612"]


def test_functions_get_instants_with_all_digits() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    moment = Instant(5, 123456789)
    row = Types.ROW([Types.INSTANT(), Types.LIST(Types.INSTANT())])
    stream = env.from_collection([Row(moment, [moment])], row)
    with stream.map(lambda r: (type(r[0]).__name__, r[0], r[1])).execute_and_collect() as got:
        assert list(got) == [("Instant", moment, [moment])]


def test_bytes_are_bytes_to_functions_on_any_edge() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    of_bytes = Types.PRIMITIVE_ARRAY(Types.BYTE())
    made = env.from_collection([1]).map(lambda _: b"a\xff", of_bytes)
    with made.execute_and_collect() as got:
        assert list(got) == [[97, -1]]
    with made.map(repr).execute_and_collect() as got:
        assert list(got) == ["b'a\\xff'"]
    with made.rebalance().map(repr).execute_and_collect() as got:
        assert list(got) == ["b'a\\xff'"]


def test_times_of_a_table_keep_their_value_in_functions() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    tables = StreamTableEnvironment.create(env)
    table = tables.sql_query(
        "SELECT TIME '01:02:03' t, TIMESTAMP '2020-01-02 03:04:05.678' ts, "
        "TO_TIMESTAMP_LTZ(1000, 3) ltz, ARRAY[TIMESTAMP '2020-01-02 03:04:05'] ar"
    )
    rows = tables.to_data_stream(table)
    with rows.map(lambda r: (r.t, r.ts, r.ltz, r.ar)).execute_and_collect() as got:
        assert list(got) == [
            (
                datetime.time(1, 2, 3),
                datetime.datetime(2020, 1, 2, 3, 4, 5, 678000),
                Instant(1, 0),
                [datetime.datetime(2020, 1, 2, 3, 4, 5)],
            )
        ]
    instants = tables.sql_query(
        "SELECT TO_TIMESTAMP_LTZ(1000, 3) a, ARRAY[TO_TIMESTAMP_LTZ(253402300799, 0)] b, "
        "MAP['k', TO_TIMESTAMP_LTZ(-1, 3)] c"
    )
    with tables.to_data_stream(instants).execute_and_collect() as got:
        assert list(got) == [
            Row(a=Instant(1, 0), b=[Instant(253402300799, 0)], c={"k": Instant(-1, 999000000)})
        ]


@pytest.mark.parametrize(
    ("field", "sums"),
    [(0, [2, 3, 4]), ("k", [2, 3, 4]), (["k", "m"], [1, 2, 4]), ((0, 1), [1, 2, 4])],
)
def test_keys_by_field(field: Any, sums: list[int]) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    named = Types.ROW_NAMED(["k", "m", "n"], [Types.STRING(), Types.INT(), Types.INT()])
    rows = env.from_collection([("a", 1, 2), ("b", 1, 4), ("a", 2, 1)], named)
    totals = rows.key_by(field).reduce(lambda a, b: (a[0], a[1], a[2] + b[2]))
    with totals.map(lambda r: r[2]).execute_and_collect() as found:
        assert sorted(found) == sums
