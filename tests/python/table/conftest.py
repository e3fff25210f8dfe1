"""Environments of the real engine, and what tests ask of results."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("pyarrow")

from headrace.table import EnvironmentSettings, Table, TableEnvironment


@pytest.fixture
def streaming() -> Iterator[TableEnvironment]:
    t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    t_env.get_config().set("parallelism.default", "1")
    yield t_env
    t_env.close()


@pytest.fixture
def batch() -> Iterator[TableEnvironment]:
    t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    yield t_env
    t_env.close()


def rows(table: Table) -> list[tuple[object, ...]]:
    """The rows of an insert-only table as sorted tuples."""
    with table.execute().collect() as found:
        return sorted((tuple(row) for row in found), key=repr)


def changes(table: Table) -> list[tuple[object, ...]]:
    """The changes of a table in order, each with its kind in front."""
    with table.execute().collect() as found:
        return [(str(row.get_row_kind()), *row) for row in found]
