"""Files of every format and type, read by readers and written by writers that are not ours."""

from __future__ import annotations

import base64
import csv
import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import polars
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from headrace.table import TableEnvironment

UTC = datetime.timezone.utc

# A column's name, its type, its literal in SQL, its value in Python.
FLAT: list[tuple[str, str, str, Any]] = [
    ("b", "BOOLEAN", "TRUE", True),
    ("i1", "TINYINT", "CAST(-128 AS TINYINT)", -128),
    ("i2", "SMALLINT", "CAST(32767 AS SMALLINT)", 32767),
    ("i4", "INT", "-2147483648", -(2**31)),
    ("i8", "BIGINT", "9223372036854775807", 2**63 - 1),
    ("f4", "FLOAT", "CAST(0.5 AS FLOAT)", 0.5),
    ("f8", "DOUBLE", "CAST(-0.1 AS DOUBLE)", -0.1),
    ("m", "DECIMAL(38, 10)", "CAST('-1234567890123456789012345678.0123456789' AS DECIMAL(38, 10))",
     Decimal("-1234567890123456789012345678.0123456789")),
    ("small", "DECIMAL(5, 2)", "CAST(-0.05 AS DECIMAL(5, 2))", Decimal("-0.05")),
    ("s", "STRING", "U&'h\\00e4\\00df \\4e2d\\6587 \\+01f600 \"q\", ;'", 'häß 中文 😀 "q", ;'),
    ("y", "BYTES", "x'00ff0a'", b"\0\xff\n"),
    ("d", "DATE", "DATE '1969-12-31'", datetime.date(1969, 12, 31)),
    ("ts3", "TIMESTAMP(3)", "TIMESTAMP '1969-12-31 23:59:59.999'",
     datetime.datetime(1969, 12, 31, 23, 59, 59, 999000)),
    ("ts6", "TIMESTAMP(6)", "TIMESTAMP '2024-02-29 03:04:05.678901'",
     datetime.datetime(2024, 2, 29, 3, 4, 5, 678901)),
    ("ltz", "TIMESTAMP_LTZ(3)", "TO_TIMESTAMP_LTZ(1700000000123, 3)",
     datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)),
]
NESTED: list[tuple[str, str, str, Any]] = [
    ("a", "ARRAY<INT>", "ARRAY[1, NULL, -3]", [1, None, -3]),
    ("none", "ARRAY<STRING>", "ARRAY_REMOVE(ARRAY['x'], 'x')", []),
    ("h", "MAP<STRING, BIGINT>", "MAP['k', -1, 'ü', NULL]", {"k": -1, "ü": None}),
    ("r", "ROW<x INT, z STRING>", "CAST(ROW(1, NULL) AS ROW<x INT, z STRING>)",
     {"x": 1, "z": None}),
    ("deep", "ARRAY<ROW<t ARRAY<STRING>, m MAP<STRING, ROW<n DECIMAL(4, 1)>>>>",
     "ARRAY[CAST(ROW(ARRAY['p', 'ö'], MAP['k', CAST(ROW(2.5) AS ROW<n DECIMAL(4, 1)>)]) AS "
     "ROW<t ARRAY<STRING>, m MAP<STRING, ROW<n DECIMAL(4, 1)>>>)]",
     [{"t": ["p", "ö"], "m": {"k": {"n": Decimal("2.5")}}}]),
]
EVERY = FLAT + NESTED
WANT = {name: value for name, _, _, value in EVERY}
NULLS = dict.fromkeys(WANT)


def declare(t_env: TableEnvironment, name: str, path: Path, fmt: str, columns: list[Any],
            **options: str) -> None:
    declared = ", ".join(f"`{column}` {kind}" for column, kind, _, _ in columns)
    given = {"connector": "filesystem", "path": str(path), "format": fmt, **options}
    listed = ", ".join(f"'{k}' = '{v}'" for k, v in given.items())
    t_env.execute_sql(f"CREATE TABLE {name} ({declared}) WITH ({listed})")


def write(t_env: TableEnvironment, path: Path, fmt: str, columns: list[Any], *,
          empty: bool = False, **options: str) -> None:
    """A table 't' at the path with a row of every type and one of NULLs, or empty."""
    declare(t_env, "t", path, fmt, columns, **options)
    values = ", ".join(literal for _, _, literal, _ in columns)
    nulls = ", ".join(f"CAST(NULL AS {kind})" for _, kind, _, _ in columns)
    where = " WHERE FALSE" if empty else ""
    t_env.execute_sql(
        f"INSERT INTO t SELECT {values} FROM (VALUES (0)) AS v (n){where} "
        f"UNION ALL SELECT {nulls} FROM (VALUES (0)) AS v (n){where}").wait()


def files(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if not p.name.startswith((".", "_")))


def normal(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Maps as dicts, instants in UTC, the row of NULLs last."""
    def value(v: Any) -> Any:
        if isinstance(v, list) and v and isinstance(v[0], tuple):
            return {k: value(x) for k, x in v}
        if isinstance(v, list):
            return [value(x) for x in v]
        if isinstance(v, dict):
            return {k: value(x) for k, x in v.items()}
        if isinstance(v, datetime.datetime) and v.tzinfo is not None:
            return v.astimezone(UTC)
        return v

    return sorted(({k: value(v) for k, v in row.items()} for row in rows),
                  key=lambda row: row["b"] is None)


def ours(t_env: TableEnvironment, path: Path, fmt: str, columns: list[Any], **options: str) -> Any:
    """What our reader makes of the files at the path."""
    declare(t_env, "theirs", path, fmt, columns, **options)
    return normal(t_env.sql_query("SELECT * FROM theirs").to_arrow().to_pylist())


def in_duckdb(query: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        return normal(connection.sql(query).to_arrow_table().to_pylist())


def picked(columns: list[Any]) -> list[dict[str, Any]]:
    names = [name for name, _, _, _ in columns]
    return [{n: WANT[n] for n in names}, dict.fromkeys(names)]


SCHEMA = pa.schema([
    ("b", pa.bool_()), ("i1", pa.int8()), ("i2", pa.int16()), ("i4", pa.int32()),
    ("i8", pa.int64()), ("f4", pa.float32()), ("f8", pa.float64()), ("m", pa.decimal128(38, 10)),
    ("small", pa.decimal128(5, 2)), ("s", pa.string()), ("y", pa.binary()), ("d", pa.date32()),
    ("ts3", pa.timestamp("ms")), ("ts6", pa.timestamp("us")), ("ltz", pa.timestamp("ms", "UTC")),
    ("a", pa.list_(pa.int32())), ("none", pa.list_(pa.string())),
    ("h", pa.map_(pa.string(), pa.int64())),
    ("r", pa.struct([("x", pa.int32()), ("z", pa.string())])),
    ("deep", pa.list_(pa.struct([
        ("t", pa.list_(pa.string())),
        ("m", pa.map_(pa.string(), pa.struct([("n", pa.decimal128(4, 1))])))]))),
])


def theirs(times: int = 1) -> pa.Table:
    """The two rows as an Arrow table that is not ours, so many times."""
    deep = [{"t": ["p", "ö"], "m": [("k", {"n": Decimal("2.5")})]}]
    full = {**WANT, "h": list(WANT["h"].items()), "deep": deep}
    return pa.Table.from_pylist([full, dict.fromkeys(WANT)] * times, schema=SCHEMA)


def test_parquet_by_others(batch: TableEnvironment, tmp_path: Path) -> None:
    write(batch, tmp_path / "t", "parquet", EVERY)
    (file,) = files(tmp_path / "t")
    want = picked(EVERY)
    assert pq.read_schema(file).remove_metadata().equals(SCHEMA)
    assert normal(pq.read_table(file).to_pylist()) == want
    assert in_duckdb(f"FROM read_parquet('{file}')") == want
    flat = [name for name, _, _, _ in FLAT]
    assert polars.read_parquet(file, columns=flat).sort("b", nulls_last=True).to_dicts() == [
        {k: v for k, v in row.items() if k in flat} for row in want]


@pytest.mark.parametrize("how", [
    {"compression": "none", "use_dictionary": False, "version": "1.0"},
    {"compression": "gzip", "data_page_version": "2.0", "row_group_size": 1},
    {"compression": "brotli", "store_decimal_as_integer": True},
    {"compression": "lz4", "column_encoding": {
        "i4": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY", "y": "DELTA_LENGTH_BYTE_ARRAY"},
     "use_dictionary": False},
    {"compression": "zstd", "use_deprecated_int96_timestamps": True}])
def test_parquet_of_pyarrow(batch: TableEnvironment, tmp_path: Path, how: Any) -> None:
    (tmp_path / "t").mkdir()
    pq.write_table(theirs(300), tmp_path / "t" / "x.parquet", **how)
    want = picked(EVERY)
    assert ours(batch, tmp_path / "t", "parquet", EVERY) == [want[0]] * 300 + [want[1]] * 300


def test_numbers_split_by_their_bytes(batch: TableEnvironment, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    columns = [c for c in FLAT if c[0] in ("b", "f4", "f8", "i4", "i8")]
    split = dict.fromkeys(["f4", "f8", "i4", "i8"], "BYTE_STREAM_SPLIT")
    pq.write_table(theirs(300).select([c[0] for c in columns]), tmp_path / "t" / "x",
                   use_dictionary=False, column_encoding=split)
    want = picked(columns)
    assert ours(batch, tmp_path / "t", "parquet", columns) == [want[0]] * 300 + [want[1]] * 300


def test_parquet_of_duckdb_and_polars(batch: TableEnvironment, tmp_path: Path) -> None:
    for name in ("duckdb", "polars"):
        (tmp_path / name).mkdir()
    table = theirs().drop_columns(["h", "deep"])
    columns = [c for c in EVERY if c[0] not in ("h", "deep")]
    with duckdb.connect() as connection:
        connection.register("given", table)
        connection.sql(f"COPY (FROM given) TO '{tmp_path}/duckdb/x' (FORMAT parquet)")
    polars.DataFrame(polars.from_arrow(table)).write_parquet(tmp_path / "polars" / "x")
    for name in ("duckdb", "polars"):
        assert ours(batch, tmp_path / name, "parquet", columns) == picked(columns)
        batch.execute_sql("DROP TABLE theirs")


def test_arrow_by_others(batch: TableEnvironment, tmp_path: Path) -> None:
    write(batch, tmp_path / "t", "arrow", EVERY)
    (file,) = files(tmp_path / "t")
    with pa.ipc.open_file(file) as opened:
        assert normal(opened.read_all().to_pylist()) == picked(EVERY)
    flat = [name for name, _, _, _ in FLAT]
    found = polars.read_ipc(file).select(flat).sort("b", nulls_last=True)
    assert found.to_dicts() == picked(FLAT)


FOREIGN = pa.schema([
    ("b", pa.bool_()), ("u1", pa.uint8()), ("u2", pa.uint16()), ("u4", pa.uint32()),
    ("u8", pa.uint64()), ("ls", pa.large_string()), ("ly", pa.large_binary()), ("y3", pa.binary(3)),
    ("la", pa.large_list(pa.large_string())), ("fa", pa.list_(pa.int32(), 2)),
    ("sec", pa.timestamp("s")), ("d64", pa.date64()), ("t", pa.time32("s")),
    ("dict", pa.dictionary(pa.int8(), pa.large_string()))])
FOREIGN_ROW = {"b": True, "u1": 255, "u2": 2**16 - 1, "u4": 2**32 - 1, "u8": 2**63 - 1,
               "ls": "größe", "ly": b"\0", "y3": b"abc", "la": ["x", None], "fa": [1, 2],
               "sec": datetime.datetime(1969, 1, 1), "d64": datetime.date(1900, 1, 1),
               "t": datetime.time(1, 2, 3), "dict": "w"}
FOREIGN_COLUMNS = [(name, kind, "", None) for name, kind in {
    "b": "BOOLEAN", "u1": "SMALLINT", "u2": "INT", "u4": "BIGINT", "u8": "BIGINT", "ls": "STRING",
    "ly": "BYTES", "y3": "BYTES", "la": "ARRAY<STRING>", "fa": "ARRAY<INT>", "sec": "TIMESTAMP(3)",
    "d64": "DATE", "t": "TIME(0)", "dict": "STRING"}.items()]


@pytest.mark.parametrize("fmt", ["parquet", "arrow"])
def test_types_that_only_others_have(batch: TableEnvironment, tmp_path: Path, fmt: str) -> None:
    (tmp_path / "t").mkdir()
    nulls = dict.fromkeys(FOREIGN.names)
    given = pa.Table.from_pylist([FOREIGN_ROW, nulls, FOREIGN_ROW], schema=FOREIGN)
    if fmt == "parquet":
        pq.write_table(given, tmp_path / "t" / "x")
    else:
        with pa.ipc.new_file(tmp_path / "t" / "x", FOREIGN) as out:
            out.write_table(given.slice(1))
            out.write_table(given.slice(0, 1))
    found = ours(batch, tmp_path / "t", fmt, FOREIGN_COLUMNS)
    assert found == [FOREIGN_ROW, FOREIGN_ROW, nulls]


@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
def test_arrow_of_pyarrow(batch: TableEnvironment, tmp_path: Path, codec: str | None) -> None:
    (tmp_path / "t").mkdir()
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with pa.ipc.new_file(tmp_path / "t" / "x", SCHEMA, options=options) as out:
        for _ in range(3):
            out.write_table(theirs())
    want = picked(EVERY)
    assert ours(batch, tmp_path / "t", "arrow", EVERY) == [want[0]] * 3 + [want[1]] * 3


def plain(value: Any) -> Any:
    """A value as JSON text holds it."""
    if isinstance(value, datetime.datetime):
        text = value.isoformat(" ", "microseconds").split("+")[0].rstrip("0")
        return text + ("Z" if value.tzinfo else "")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def test_json_by_others(batch: TableEnvironment, tmp_path: Path) -> None:
    write(batch, tmp_path / "t", "json", EVERY)
    (file,) = files(tmp_path / "t")
    found = [json.loads(line, parse_float=Decimal) for line in file.open(encoding="utf-8")]
    want = plain(picked(EVERY)[0])
    assert found[0] == {**want, "f4": Decimal("0.5"), "f8": Decimal("-0.1")}
    assert found[1] == NULLS
    kinds = {"b": "BOOLEAN", "i8": "BIGINT", "m": "DECIMAL(38, 10)", "s": "VARCHAR", "d": "DATE",
             "ts6": "TIMESTAMP", "a": "INTEGER[]", "r": "STRUCT(x INTEGER, z VARCHAR)"}
    got = in_duckdb(f"FROM read_json('{file}', format = 'newline_delimited', columns = {kinds})")
    assert got == [{k: WANT[k] for k in kinds}, dict.fromkeys(kinds)]


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_of_others(batch: TableEnvironment, tmp_path: Path, ascii_only: bool) -> None:
    (tmp_path / "t").mkdir()
    text = json.dumps(plain({**WANT, "m": 0, "small": 0, "deep": None}), ensure_ascii=ascii_only)
    text = text.replace('"m": 0', f'"m": {WANT["m"]}').replace('"small": 0', '"small": -0.05')
    nulls = json.dumps(NULLS, separators=(",", ":"))
    (tmp_path / "t" / "x").write_text(f"{text}\n\n{nulls}\n{{}}\r\n", encoding="utf-8")
    assert ours(batch, tmp_path / "t", "json", EVERY) == [{**WANT, "deep": None}, NULLS, NULLS]


def test_csv_by_others(batch: TableEnvironment, tmp_path: Path) -> None:
    write(batch, tmp_path / "t", "csv", FLAT, **{"csv.null-literal": "~"})
    (file,) = files(tmp_path / "t")
    with file.open(newline="", encoding="utf-8") as opened:
        found = list(csv.reader(opened))
    want = [plain(WANT[name]) for name, _, _, _ in FLAT]
    assert found == [["true", *map(str, want[1:])], ["~"] * len(FLAT)]
    kinds = {name: {"STRING": "VARCHAR", "BYTES": "VARCHAR", "TIMESTAMP_LTZ(3)": "VARCHAR",
                    "TIMESTAMP(3)": "TIMESTAMP", "TIMESTAMP(6)": "TIMESTAMP"}.get(kind, kind)
             for name, kind, _, _ in FLAT}
    got = in_duckdb(f"FROM read_csv('{file}', header = false, nullstr = '~', columns = {kinds})")
    text = {"y": "AP8K", "ltz": plain(WANT["ltz"])}
    assert got == [{**picked(FLAT)[0], **text}, picked(FLAT)[1]]


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
def test_csv_of_others(batch: TableEnvironment, tmp_path: Path, quoting: Any) -> None:
    (tmp_path / "t").mkdir()
    with (tmp_path / "t" / "x").open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, quoting=quoting)  # lines end with \r\n
        writer.writerow([plain(WANT[name]) for name, _, _, _ in FLAT])
        writer.writerow(["NA"] * len(FLAT))
    found = ours(batch, tmp_path / "t", "csv", FLAT, **{"csv.null-literal": "NA"})
    assert found == picked(FLAT)


@pytest.mark.parametrize("fmt", ["csv", "json", "parquet", "arrow", "avro"])
def test_files_without_rows(batch: TableEnvironment, tmp_path: Path, fmt: str) -> None:
    columns = FLAT if fmt == "csv" else EVERY
    (tmp_path / "t").mkdir()
    if fmt == "parquet":
        pq.write_table(SCHEMA.empty_table(), tmp_path / "t" / "none")
    elif fmt == "arrow":
        pa.ipc.new_file(tmp_path / "t" / "none", SCHEMA).close()
    elif fmt == "avro":
        schema = {"type": "record", "name": "t", "fields": [{"name": "b", "type": "boolean"}]}
        with (tmp_path / "t" / "none").open("wb") as out:
            fastavro.writer(out, schema, [])
        columns = columns[:1]
    else:
        (tmp_path / "t" / "none").touch()
    assert ours(batch, tmp_path / "t", fmt, columns) == []
    write(batch, tmp_path / "empty", fmt, columns, empty=True)
    assert batch.sql_query("SELECT * FROM t").to_arrow().num_rows == 0
