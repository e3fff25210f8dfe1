"""The Nexmark benchmark of its public definition: events in files, tables over them, queries.

queries/qN.sql is the query in Flink's SQL; reference/qN.sql the same question in DuckDB's words,
where those differ. The events come from headrace's own generator (connector 'nexmark'), once, into
files (CSV or Parquet) that every engine reads."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

GENERATED = """
CREATE TEMPORARY TABLE events (
    event_type INT,
    person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING,
        state STRING, customTime TIMESTAMP(3), extra STRING>,
    auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT,
        reserve BIGINT, customTime TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT,
        category BIGINT, extra STRING>,
    bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING,
        customTime TIMESTAMP(3), extra STRING>{time}
) WITH ('connector' = 'nexmark', 'events.num' = '{events}', 'first-event.rate' = '{rate}')"""

TIME = """,
    customTime AS CASE event_type WHEN 0 THEN person.customTime WHEN 1 THEN auction.customTime
        ELSE bid.customTime END,
    WATERMARK FOR customTime AS customTime - INTERVAL '{lag}' SECOND"""

COLUMNS = {
    "person": "id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, "
    "state STRING, customTime TIMESTAMP(3), extra STRING",
    "auction": "id BIGINT, itemName STRING, description STRING, initialBid BIGINT, "
    "reserve BIGINT, customTime TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, "
    "category BIGINT, extra STRING",
    "bid": "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, "
    "customTime TIMESTAMP(3), extra STRING",
}
KINDS = {"person": 0, "auction": 1, "bid": 2}
FORMATS = ("csv", "parquet")
QUERIES = [f"q{n}" for n in range(24)]


def query(name: str) -> str:
    """A query in Flink's SQL."""
    return (HERE / "queries" / f"{name}.sql").read_text()


def reference(name: str) -> str:
    """The query in DuckDB's SQL."""
    own = HERE / "reference" / f"{name}.sql"
    return own.read_text() if own.exists() else query(name)


def generate(env: Any, directory: Path, events: int, rate: int, fmt: str = "csv") -> None:
    """Writes the events with headrace (env: its TableEnvironment), in order of time: person.csv,
    auction.csv, bid.csv, or such with the ending parquet; and side_input.csv."""
    env.get_config().set("parallelism.default", "1")
    env.execute_sql(GENERATED.format(events=events, rate=rate, time="")).wait()
    for table, columns in COLUMNS.items():
        names = [c.split()[0] for c in columns.split(", ")]
        parts = directory / f"{table}.parts"
        env.execute_sql(
            f"CREATE TEMPORARY TABLE write_{table} ({columns}) WITH ('connector' = 'filesystem', "
            f"'path' = '{parts}', 'format' = '{fmt}', 'sink.rolling-policy.file-size' = '1TB', "
            "'sink.rolling-policy.rollover-interval' = '1 d')"
        )
        env.execute_sql(
            f"INSERT INTO write_{table} SELECT {', '.join(f'{table}.{n}' for n in names)} "
            f"FROM events WHERE event_type = {KINDS[table]}"
        ).wait()
        (part,) = (p for p in parts.iterdir() if not p.name.startswith((".", "_")))
        part.rename(directory / f"{table}.{fmt}")
        shutil.rmtree(parts)
    side = (f"{k},value-{k}\n" for k in range(10000))
    (directory / "side_input.csv").write_text("".join(side))


def tables(env: Any, directory: Path, lag: str = "4", fmt: str = "csv") -> None:
    """Declares the tables over the files, for headrace or Flink."""
    for table, columns in COLUMNS.items():
        env.execute_sql(
            f"CREATE TEMPORARY TABLE {table} ({columns}, WATERMARK FOR customTime AS customTime - "
            f"INTERVAL '{lag}' SECOND) WITH ('connector' = 'filesystem', 'format' = '{fmt}', "
            f"'path' = '{directory / table}.{fmt}')"
        )
    others(env, directory)


def generated(env: Any, directory: Path, events: int, rate: int, lag: str = "4") -> None:
    """Declares the tables as views of events that headrace generates as it goes; directory has
    side_input.csv."""
    env.execute_sql(GENERATED.format(events=events, rate=rate, time=TIME.format(lag=lag)))
    for table, columns in COLUMNS.items():
        names = [c.split()[0] for c in columns.split(", ")]
        fields = ", ".join(n if n == "customTime" else f"{table}.{n}" for n in names)
        env.execute_sql(f"CREATE TEMPORARY VIEW {table} AS SELECT {fields} FROM events "
                        f"WHERE event_type = {KINDS[table]}")
    others(env, directory)


def others(env: Any, directory: Path) -> None:
    """Declares what is beside the events."""
    env.execute_sql(
        "CREATE TEMPORARY TABLE side_input (key BIGINT, `value` STRING) WITH "
        f"('connector' = 'filesystem', 'format' = 'csv', 'path' = '{directory}/side_input.csv')"
    )
    env.execute_sql("CREATE TEMPORARY VIEW timed_bid AS SELECT *, PROCTIME() AS p_time FROM bid")


def count_char(text: str | None, char: str) -> int:
    """q14's function."""
    return 0 if text is None else text.count(char)


def canonical(value: Any) -> Any:
    """A value as it is compared: numbers by value, times as text."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, int | float | decimal.Decimal):
        return format(decimal.Decimal(str(value)).normalize(), "f")
    raise TypeError(f"{value!r} in a Nexmark result")


def folded(rows: Any) -> Counter[tuple[Any, ...]]:
    """The table that a changelog of Rows ends as."""
    table: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        values = tuple(canonical(v) for v in row)
        if str(row.get_row_kind()) in ("+I", "+U"):
            table[values] += 1
        else:
            table[values] -= 1
            assert table[values] >= 0, f"{values} is taken back before it came"
            if not table[values]:
                del table[values]
    return table


def run(env: Any, text: str) -> Counter[tuple[Any, ...]]:
    """The final table of a query."""
    with env.execute_sql(text).collect() as rows:
        return folded(rows)


def digest(table: Counter[tuple[Any, ...]]) -> str:
    """A name for a table: equal for equal tables."""
    lines = sorted(f"{n}\t{row!r}\n" for row, n in table.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
