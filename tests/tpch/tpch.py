"""TPC-H: its tables, its 22 queries in Flink's SQL, the same on DuckDB, when results are equal."""

from __future__ import annotations

import datetime
import math
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
QUERIES = sorted(p.stem for p in (HERE / "queries").glob("q*.sql"))

TABLES = {
    "lineitem": "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, "
    "l_quantity DECIMAL(15, 2), l_extendedprice DECIMAL(15, 2), l_discount DECIMAL(15, 2), "
    "l_tax DECIMAL(15, 2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, "
    "l_commitdate DATE, l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, "
    "l_comment STRING",
    "orders": "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, "
    "o_totalprice DECIMAL(15, 2), o_orderdate DATE, o_orderpriority STRING, o_clerk STRING, "
    "o_shippriority INT, o_comment STRING",
    "customer": "c_custkey BIGINT, c_name STRING, c_address STRING, c_nationkey BIGINT, "
    "c_phone STRING, c_acctbal DECIMAL(15, 2), c_mktsegment STRING, c_comment STRING",
    "part": "p_partkey BIGINT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, "
    "p_size INT, p_container STRING, p_retailprice DECIMAL(15, 2), p_comment STRING",
    "partsupp": "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INT, "
    "ps_supplycost DECIMAL(15, 2), ps_comment STRING",
    "supplier": "s_suppkey BIGINT, s_name STRING, s_address STRING, s_nationkey BIGINT, "
    "s_phone STRING, s_acctbal DECIMAL(15, 2), s_comment STRING",
    "nation": "n_nationkey BIGINT, n_name STRING, n_regionkey BIGINT, n_comment STRING",
    "region": "r_regionkey BIGINT, r_name STRING, r_comment STRING",
}


def data(scale: float) -> Path:
    """The directory of the tables at a scale, made on first use with tpchgen-cli (from PyPI)."""
    out = ROOT / "build" / "tpch" / f"sf{scale:g}"
    ready = out / "ready"
    if not ready.exists():
        tool = Path(sys.executable).parent / "tpchgen-cli"
        if not tool.exists():  # a peer's interpreter makes data for its comparison
            tool = ROOT / "build" / "venv" / "bin" / "tpchgen-cli"
        subprocess.run(
            [str(tool), "parquet", "-s", f"{scale:g}", f"--output-dir={out}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ready.touch()
    return out


def query(name: str, scale: float) -> str:
    """A query with its parameters for validation; one of them depends on the scale."""
    text = (HERE / "queries" / f"{name}.sql").read_text()
    return text.replace("{fraction}", f"{0.0001 / scale:.10f}")


def tables(directory: Path) -> list[str]:
    """The CREATE TABLE statements, for headrace and for Flink."""
    return [
        f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', "
        f"'path' = 'file://{directory}/{name}.parquet', 'format' = 'parquet')"
        for name, columns in TABLES.items()
    ]


def environment(directory: Path, config: dict[str, str] | None = None) -> Any:
    """A batch table environment of headrace with the tables."""
    from headrace.table import EnvironmentSettings, TableEnvironment

    env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    for key, value in (config or {}).items():
        env.get_config().set(key, value)
    for statement in tables(directory):
        env.execute_sql(statement)
    return env


def rows(env: Any, sql: str) -> list[tuple[Any, ...]]:
    with env.execute_sql(sql).collect() as results:
        return [tuple(r) for r in results]


def duckdb(directory: Path, threads: int | None = None) -> Any:
    """A DuckDB connection with views of the tables."""
    import duckdb as peer

    con = peer.connect()
    con.execute(f"SET threads = {threads or os.cpu_count() or 1}")
    for name in TABLES:
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{directory}/{name}.parquet'")
    return con


def plain(value: Any) -> Any:
    """A value as both engines give it: numbers as float, dates as text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float, Decimal)):
        return float(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()[:10]
    return str(value).rstrip()


def difference(got: list[tuple[Any, ...]], want: list[tuple[Any, ...]]) -> str:
    """What differs between two results, "" for nothing. Averages and quotients of DECIMALs have six
    digits here, as in Flink, and are doubles in DuckDB."""
    if len(got) != len(want):
        return f"{len(got)} rows, not {len(want)}"
    for i, (g, w) in enumerate(zip(got, want, strict=True)):
        a, b = [plain(v) for v in g], [plain(v) for v in w]
        if len(a) != len(b):
            return f"row {i}: {len(a)} columns, not {len(b)}"
        for x, y in zip(a, b, strict=True):
            if isinstance(x, float) and isinstance(y, float):
                if not math.isclose(x, y, rel_tol=1e-12, abs_tol=2e-6):
                    return f"row {i}: {g}, not {w}"
            elif x != y:
                return f"row {i}: {g}, not {w}"
    return ""
