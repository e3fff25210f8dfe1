"""The same query on DuckDB and on headrace, as multisets of rows that can be compared."""

from __future__ import annotations

import collections
import datetime
import decimal
import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import queries

from headrace.common import Configuration, RowKind
from headrace.table import EnvironmentSettings, TableEnvironment

Answer = collections.Counter[tuple[object, ...]]

ARROW = {
    queries.INT: pa.int32(), queries.STR: pa.string(), queries.DBL: pa.float64(),
    queries.DEC: pa.decimal128(10, 2), queries.DATE: pa.date32(), queries.BOOL: pa.bool_(),
}  # fmt: skip
SQL = {
    queries.INT: "INT", queries.STR: "STRING", queries.DBL: "DOUBLE",
    queries.DEC: "DECIMAL(10, 2)", queries.DATE: "DATE", queries.BOOL: "BOOLEAN",
}  # fmt: skip


def value(rng: random.Random, kind: str) -> object:
    if rng.random() < 0.15:
        return None
    if kind == queries.INT:
        return rng.randint(-2, 12)
    if kind == queries.STR:
        return rng.choice(queries.WORDS)
    if kind == queries.DBL:
        return rng.randint(-8, 40) / 4
    if kind == queries.DEC:
        return decimal.Decimal(rng.randint(-500, 2000)).scaleb(-2)
    if kind == queries.DATE:
        return datetime.date(2024, 1, rng.randint(1, 28))
    return rng.random() < 0.5


def write_tables(folder: Path, seed: int) -> None:
    """A Parquet file for each table."""
    rng = random.Random(seed)
    for name, columns in queries.COLUMNS.items():
        n = rng.choice((0, 1, 30, 60)) if name == "names" else rng.randint(20, 70)
        data = {c: pa.array([value(rng, k) for _ in range(n)], ARROW[k]) for c, k in columns}
        (folder / name).mkdir()
        pq.write_table(pa.table(data), folder / name / "part.parquet")


def plain(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row whose numbers compare equal whatever their type; sums of doubles are exact here."""
    return tuple(
        round(float(v), 9) if isinstance(v, (float, decimal.Decimal, int)) and v is not True
        and v is not False else v
        for v in row
    )  # fmt: skip


def on_duckdb(folder: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for name in queries.COLUMNS:
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder}/{name}/part.parquet'")
    return con


def on_headrace(folder: Path, mode: str, parallelism: int) -> TableEnvironment:
    config = Configuration()
    config.set_string("parallelism.default", str(parallelism))
    if mode.endswith("in mini-batches"):
        config.set_string("table.exec.mini-batch.enabled", "true")
        config.set_string("table.exec.mini-batch.allow-latency", "10 s")
        config.set_string("table.exec.mini-batch.size", "7")
        config.set_string("table.optimizer.agg-phase-strategy", "TWO_PHASE")
        config.set_string("table.optimizer.distinct-agg.split.enabled", "true")
        config.set_string("table.optimizer.multi-join.enabled", "true")
    builder = EnvironmentSettings.new_instance().with_configuration(config)
    (builder.in_batch_mode if mode == "batch" else builder.in_streaming_mode)()
    t_env = TableEnvironment.create(builder.build())
    for name, columns in queries.COLUMNS.items():
        fields = ", ".join(f"{c} {SQL[k]}" for c, k in columns)
        t_env.execute_sql(
            f"CREATE TABLE {name} ({fields}) WITH ('connector' = 'filesystem', "
            f"'path' = '{folder}/{name}', 'format' = 'parquet')"
        )
    return t_env


def answer(t_env: TableEnvironment, query: str) -> Answer:
    """The rows that are left when all changes are taken in."""
    folded: Answer = collections.Counter()
    with t_env.execute_sql(query).collect() as rows:
        for row in rows:
            back = row.get_row_kind() in (RowKind.UPDATE_BEFORE, RowKind.DELETE)
            folded[plain(tuple(row))] += -1 if back else 1
    assert min(folded.values(), default=0) >= 0, f"more is taken back than was there: {query}"
    return +folded
