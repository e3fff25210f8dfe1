"""Databases from SQL; psql, which is not ours, makes the tables and reads them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from headrace.table import EnvironmentSettings, TableEnvironment
from headrace.table.catalog import JdbcCatalog, ObjectPath

if TYPE_CHECKING:
    from conftest import Service


def psql(service: Service, statement: str) -> list[str]:
    """Runs a statement; the rows come as lines."""
    command = ["psql", "-qAt", "-h", "127.0.0.1", "-p", str(service.port), "-U", "test"]
    done = subprocess.run([*command, "-c", statement], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_upsert_and_scan(postgresql: Service) -> None:
    """What an aggregation writes is what psql and a scan with push-down read."""
    psql(postgresql, "CREATE TABLE totals (k TEXT PRIMARY KEY, n BIGINT)")
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    tables.execute_sql(
        f"""CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (
              'connector' = 'jdbc', 'table-name' = 'totals', 'username' = 'test',
              'url' = 'jdbc:postgresql://{postgresql.address}/test')"""
    )
    tables.execute_sql(
        """INSERT INTO totals SELECT k, SUM(n) FROM
             (VALUES ('a', 1), ('b', 2), ('a', 3), ('c', 4), ('b', 5)) AS t (k, n) GROUP BY k"""
    ).wait()
    assert psql(postgresql, "SELECT * FROM totals ORDER BY k") == ["a|4", "b|7", "c|4"]
    rows = tables.execute_sql("SELECT k FROM totals WHERE n >= 5 AND k <> 'z'").collect()
    assert [row[0] for row in rows] == ["b"]


def test_catalog(postgresql: Service) -> None:
    """Tables that psql makes are there without DDL, in every schema; arrays come as lists."""
    psql(postgresql, "CREATE SCHEMA shop")
    psql(postgresql, "CREATE TABLE shop.orders (id INT PRIMARY KEY, item TEXT, tags TEXT[])")
    psql(postgresql, "INSERT INTO shop.orders VALUES (1, 'nut', '{m4,steel}'), (2, 'bolt', NULL)")
    psql(postgresql, "CREATE TABLE copies (id INT PRIMARY KEY, tags TEXT[])")
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    url = f"jdbc:postgresql://{postgresql.address}"
    tables.register_catalog("pg", JdbcCatalog("any", "test", "test", "x", url))
    tables.use_catalog("pg")
    assert sorted(tables.list_tables()) == ["public.copies", "shop.orders"]
    catalog = tables.get_catalog("pg")
    assert catalog is not None
    assert catalog.table_exists(ObjectPath("test", "shop.orders"))
    tables.execute_sql("INSERT INTO copies SELECT id, tags FROM `shop.orders`").wait()
    assert psql(postgresql, "SELECT * FROM copies ORDER BY id") == ["1|{m4,steel}", "2|"]
    rows = tables.execute_sql("SELECT id, tags FROM pg.test.`public.copies`").collect()
    assert sorted((row[0], row[1]) for row in rows) == [(1, ["m4", "steel"]), (2, None)]
