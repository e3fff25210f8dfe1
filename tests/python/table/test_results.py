"""Results: printed, collected, as frames."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from conftest import rows

from headrace.common import Row
from headrace.table import DataTypes, EnvironmentSettings, ResultKind, TableEnvironment
from headrace.table.expressions import col
from headrace.util.exceptions import JobFailedError

EVERY = DataTypes.ROW(
    [
        DataTypes.FIELD("i", DataTypes.TINYINT()),
        DataTypes.FIELD("f", DataTypes.FLOAT()),
        DataTypes.FIELD("d", DataTypes.DECIMAL(10, 2)),
        DataTypes.FIELD("s", DataTypes.CHAR(3)),
        DataTypes.FIELD("b", DataTypes.BYTES()),
        DataTypes.FIELD("day", DataTypes.DATE()),
        DataTypes.FIELD("t", DataTypes.TIME()),
        DataTypes.FIELD("ts", DataTypes.TIMESTAMP(3)),
        DataTypes.FIELD("l", DataTypes.ARRAY(DataTypes.STRING())),
        DataTypes.FIELD("m", DataTypes.MAP(DataTypes.STRING(False), DataTypes.INT())),
        DataTypes.FIELD("r", DataTypes.ROW([DataTypes.FIELD("x", DataTypes.BIGINT())])),
    ]
)
VALUES = (
    1, 0.5, Decimal("12.30"), "abc", b"\x01", datetime.date(2024, 1, 2), datetime.time(3, 4, 5),
    datetime.datetime(2024, 1, 2, 3, 4, 5, 6000), ["p", None], {"k": 1}, Row(7),
)  # fmt: skip


def test_every_type_comes_back(batch: TableEnvironment) -> None:
    nothing = (None,) * len(VALUES)
    table = batch.from_elements([VALUES, nothing], EVERY)
    assert table.get_schema().to_row_data_type().sql() == EVERY.sql()
    assert rows(table) == sorted([VALUES, nothing], key=repr)


def test_print_of_a_stream(streaming: TableEnvironment, capfd) -> None:
    streaming.sql_query("SELECT * FROM (VALUES (1, 'a')) AS t(n, s)").execute().print()
    assert capfd.readouterr().out.splitlines() == [
        "+----+-------------+--------------------------------+",
        "| op |           n |                              s |",
        "+----+-------------+--------------------------------+",
        "| +I |           1 |                              a |",
        "+----+-------------+--------------------------------+",
        "1 row in set",
    ]


def test_print_of_a_batch(batch: TableEnvironment, capfd) -> None:
    table = batch.from_elements([(1.0, True, "x" * 31), (None, None, "é")], ["d", "b", "s"])
    table.execute().print()
    assert capfd.readouterr().out.splitlines() == [
        "+--------------------------------+--------+--------------------------------+",
        "|                              d |      b |                              s |",
        "+--------------------------------+--------+--------------------------------+",
        "|                            1.0 |   TRUE | xxxxxxxxxxxxxxxxxxxxxxxxxxx... |",
        "|                         <NULL> | <NULL> |                              é |",
        "+--------------------------------+--------+--------------------------------+",
        "2 rows in set",
    ]
    table.where(col("d") > 5).execute().print()
    assert capfd.readouterr().out == "Empty set\n"
    batch.execute_sql("SHOW CATALOGS").print()  # not of a job: as wide as it needs
    assert capfd.readouterr().out.splitlines()[1] == "|    catalog name |"


def test_ddl_and_kinds(batch: TableEnvironment, capfd) -> None:
    made = batch.execute_sql("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')")
    made.print()
    assert capfd.readouterr().out == "OK\n"
    assert made.get_result_kind() == ResultKind.SUCCESS
    written = batch.from_elements([(1,)], DataTypes.ROW([DataTypes.FIELD("a", DataTypes.INT())]))
    result = written.execute_insert("t")
    result.wait(10_000)
    assert result.get_job_client() is not None
    assert [tuple(r) for r in result.collect()] == [(-1,)]


def test_widths_of_columns(streaming: TableEnvironment, capfd) -> None:
    """As Flink has them: sign and point beside a decimal's digits, no limit to descriptions."""
    streaming.execute_sql("SELECT CAST(1 AS DECIMAL(38, 18)), TRUE").print()
    assert capfd.readouterr().out.splitlines()[0] == "+----+" + 42 * "-" + "+--------+"
    streaming.execute_sql(
        "CREATE TABLE w (m INT METADATA FROM 'a_long_name_of_a_key' VIRTUAL) "
        "WITH ('connector' = 'datagen')"
    )
    streaming.execute_sql("DESCRIBE w").print()
    assert "| METADATA FROM 'a_long_name_of_a_key' VIRTUAL |" in capfd.readouterr().out


def test_print_of_an_insert(streaming: TableEnvironment, capfd) -> None:
    streaming.execute_sql("CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')")
    streaming.execute_sql("INSERT INTO t VALUES (1)").print()
    assert capfd.readouterr().out == "-1\n"


def test_print_schema(batch: TableEnvironment, capfd) -> None:
    batch.from_elements([(1, "a")], ["n", "s"]).print_schema()
    assert capfd.readouterr().out == "(\n  `n` BIGINT,\n  `s` STRING\n)\n"


def test_schema_of_a_declared_table(streaming: TableEnvironment, capfd) -> None:
    streaming.execute_sql(
        "CREATE TABLE w (id BIGINT NOT NULL COMMENT 'c', ts TIMESTAMP(3), p AS PROCTIME(), "
        "u AS id + 1, m STRING METADATA FROM 'k' VIRTUAL, PRIMARY KEY (id) NOT ENFORCED, "
        "WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'datagen')"
    )
    table = streaming.from_path("w")
    table.print_schema()
    declared = [
        "(",
        "  `id` BIGINT NOT NULL COMMENT 'c',",
        "  `ts` TIMESTAMP(3) *ROWTIME*,",
        "  `p` TIMESTAMP_LTZ(3) NOT NULL *PROCTIME* AS PROCTIME(),",
        "  `u` BIGINT NOT NULL AS `id` + 1,",
        "  `m` STRING METADATA FROM 'k' VIRTUAL,",
        "  WATERMARK FOR `ts`: TIMESTAMP(3) AS `ts` - INTERVAL '1' SECOND,",
        "  CONSTRAINT `PK_id` PRIMARY KEY (`id`) NOT ENFORCED",
        ")",
    ]
    assert capfd.readouterr().out.splitlines() == declared
    assert str(table.get_schema()).splitlines()[3:] == [
        " |-- p: TIMESTAMP_LTZ(3) NOT NULL *PROCTIME* AS PROCTIME()",
        " |-- u: BIGINT NOT NULL AS `id` + 1",
        " |-- m: STRING METADATA FROM 'k' VIRTUAL",
        " |-- WATERMARK FOR ts: TIMESTAMP(3) AS `ts` - INTERVAL '1' SECOND",
        " |-- CONSTRAINT PK_id PRIMARY KEY (id)",
    ]
    table.where(col("id") > 1).print_schema()
    assert capfd.readouterr().out.splitlines() == declared
    table.select(col("ts"), col("p"), col("u")).print_schema()
    assert capfd.readouterr().out.splitlines()[1:-1] == [
        "  `ts` TIMESTAMP(3) *ROWTIME*,",
        "  `p` TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*,",
        "  `u` BIGINT NOT NULL",
    ]


def test_frames(streaming: TableEnvironment) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"k": ["a", None, "a"], "v": [1, 2, 3]})
    table = streaming.from_pandas(frame)
    assert table.to_arrow().to_pydict() == {"k": ["a", None, "a"], "v": [1, 2, 3]}
    summed = table.group_by(col("k")).select(col("k"), col("v").sum.alias("s")).to_pandas()
    assert sorted(summed.itertuples(index=False, name=None), key=repr) == [("a", 4), (None, 2)]
    renamed = streaming.from_pandas(frame, ["x", "y"])
    assert renamed.get_schema().get_field_names() == ["x", "y"]


def test_arrow_in_without_a_copy(batch: TableEnvironment) -> None:
    import pyarrow as pa

    data = pa.table({"a": pa.array([1, 2]), "c": pa.array(["x", "x"]).dictionary_encode()})
    assert rows(batch.from_arrow(data)) == [(1, "x"), (2, "x")]


def test_closing_cancels(streaming: TableEnvironment) -> None:
    streaming.execute_sql("CREATE TABLE endless (a BIGINT) WITH ('connector' = 'datagen')")
    result = streaming.from_path("endless").execute()
    result.wait(10_000)
    with result.collect() as found:
        assert len(next(found)) == 1
    client = result.get_job_client()
    assert client is not None
    assert client.get_job_status().result().is_terminal_state()


def test_a_failure_at_run_time(batch: TableEnvironment) -> None:
    table = batch.from_elements([(1, 0)], ["a", "b"]).select(col("a") / col("b"))
    with pytest.raises(JobFailedError, match="zero"):
        list(table.execute().collect())


def test_explain_is_a_row() -> None:
    t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    with t_env.execute_sql("EXPLAIN SELECT 1").collect() as rows:
        ((text,),) = [tuple(r) for r in rows]
    assert text.startswith("== Abstract Syntax Tree ==")
    assert "== Optimized Execution Plan ==" in text


def test_print_keeps_nanoseconds(streaming: TableEnvironment, capfd) -> None:
    streaming.get_config().set("table.local-time-zone", "America/New_York")
    streaming.sql_query(
        "SELECT CAST(x AS TIMESTAMP(9)) a, ROW(CAST(x AS TIMESTAMP_LTZ(7))) b "
        "FROM (VALUES ('1969-12-31 23:59:59.999999999'), (CAST(NULL AS STRING))) AS t(x)"
    ).execute().print()
    assert capfd.readouterr().out.splitlines()[3:5] == [
        "| +I | 1969-12-31 23:59:59.999999999 |  (1969-12-31 23:59:59.9999999) |",
        "| +I |                        <NULL> |                         (NULL) |",
    ]


def test_a_variant_is_what_its_json_holds(batch: TableEnvironment, capfd) -> None:
    table = batch.sql_query(
        "SELECT PARSE_JSON(x) v FROM (VALUES ('{\"a\":[1,\"x\",1.5,true,null]}'), "
        "(CAST(NULL AS STRING))) AS t(x)"
    )
    values = [{"a": [1, "x", 1.5, True, None]}, None]
    assert table.get_schema().get_field_data_type("v").sql() == "VARIANT"
    assert [r[0] for r in table.execute().collect()] == values
    assert list(table.to_pandas()["v"]) == values
    table.execute().print()
    assert '|    {"a":[1,"x",1.5,true,null]} |' in capfd.readouterr().out.splitlines()


def test_a_frame_leaves_out_rows_of_nan_that_are_taken_back(streaming: TableEnvironment) -> None:
    frame = streaming.sql_query(
        "SELECT MAX(x) m, COUNT(*) c FROM (VALUES (CAST('NaN' AS DOUBLE)), "
        "(CAST('NaN' AS DOUBLE)), (CAST('NaN' AS DOUBLE))) AS t(x)"
    ).to_pandas()
    assert list(frame["c"]) == [3]


def test_a_frame_is_read_in_the_types_that_are_given(batch: TableEnvironment) -> None:
    pd = pytest.importorskip("pandas")
    batch.get_config().set("table.local-time-zone", "America/New_York")
    time = pd.Timestamp("2024-07-01 12:00:00.123456")
    frame = pd.DataFrame(
        {
            "i": [1.75, None],
            "m": [[("a", 1)], None],
            "n": [{"a": 1}, None],
            "r": [{"x": 1, "y": "z"}, None],
            "t": [time, None],
            "z": [time, None],
            "u": [time.tz_localize("UTC"), None],
            "d": [1.5, None],
        }
    )
    text = DataTypes.STRING()
    pairs = DataTypes.MAP(text, DataTypes.INT())
    types = [
        DataTypes.INT(), pairs, pairs,
        DataTypes.ROW([DataTypes.FIELD("x", DataTypes.INT()), DataTypes.FIELD("y", text)]),
        DataTypes.TIMESTAMP(3), DataTypes.TIMESTAMP_LTZ(3), DataTypes.TIMESTAMP_LTZ(3),
        DataTypes.DECIMAL(10, 2),
    ]  # fmt: skip
    fields = [DataTypes.FIELD(n, k) for n, k in zip(frame.columns, types, strict=True)]
    for schema in (types, DataTypes.ROW(fields)):
        full, empty = batch.from_pandas(frame, schema).execute().collect()
        assert tuple(empty) == (None,) * 8
        i, m, n, r, t, z, u, d = full
        assert (i, m, n, r, d) == (1, {"a": 1}, {"a": 1}, Row(1, "z"), Decimal("1.50"))
        assert t == datetime.datetime(2024, 7, 1, 12, 0, 0, 123000)
        assert z.astimezone(datetime.timezone.utc).hour == 16
        assert u.astimezone(datetime.timezone.utc).hour == 12
    with pytest.raises(TypeError, match=r"field r: not values? of"):
        batch.from_pandas(frame[["r"]], [DataTypes.BIGINT()])
