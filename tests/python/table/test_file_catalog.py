"""A catalog of files from Python: what one environment makes, another finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import rows

from headrace.table import EnvironmentSettings, TableEnvironment
from headrace.table.catalog import CatalogPartitionSpec, CatalogTableStatistics, ObjectPath
from headrace.table.expressions import col
from headrace.util.exceptions import ValidationException


def environment(directory: Path) -> TableEnvironment:
    t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    where = f"'type' = 'filesystem', 'path' = '{directory / 'catalog'}'"
    t_env.execute_sql(f"CREATE CATALOG c WITH ({where})")
    t_env.use_catalog("c")
    return t_env


def test_a_view_of_the_table_api_outlives_its_environment(tmp_path) -> None:
    (tmp_path / "in.csv").write_text("1,a\n2,b\n")
    one = environment(tmp_path)
    one.execute_sql(
        "CREATE TABLE t (id INT, s STRING) WITH ('connector' = 'filesystem', "
        f"'format' = 'csv', 'path' = '{tmp_path / 'in.csv'}')"
    )
    one.create_view("v", one.from_path("t").filter(col("id") > 1).select(col("s")))
    one.close()
    two = environment(tmp_path)
    assert (two.list_views(), two.list_temporary_views()) == (["v"], [])
    assert rows(two.from_path("v")) == [("b",)]
    with pytest.raises(ValidationException, match="rows of this program"):
        two.create_view("w", two.from_elements([(1,)], ["n"]))
    assert two.list_views() == ["v"]
    assert two.drop_view("v")
    two.close()


def test_partitions_and_row_counts_are_those_of_the_engine(tmp_path) -> None:
    one, two = environment(tmp_path), environment(tmp_path)
    one.execute_sql(
        "CREATE TABLE t (id INT, p STRING) PARTITIONED BY (p) WITH ('connector' = 'filesystem', "
        f"'format' = 'csv', 'path' = '{tmp_path / 'data'}')"
    )
    one.execute_sql("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b')").wait()
    catalog, path = two.get_catalog("c"), ObjectPath("default", "t")
    assert catalog is not None
    b = CatalogPartitionSpec({"p": "b"})
    assert catalog.list_partitions(path) == [CatalogPartitionSpec({"p": "a"}), b]
    assert catalog.list_partitions(path, b) == [b]
    assert catalog.partition_exists(path, b)
    assert catalog.get_table_statistics(path).get_row_count() == -1
    one.execute_sql("ANALYZE TABLE t PARTITION (p) COMPUTE STATISTICS")
    one.get_catalog("c").alter_table_statistics(path, CatalogTableStatistics(3, 2, 12, 9), False)  # type: ignore[union-attr]
    assert catalog.get_table_statistics(path).get_row_count() == 3
    one.execute_sql("DROP TABLE t")
    one.execute_sql("CREATE TABLE t (id INT) WITH ('connector' = 'blackhole')")
    assert catalog.get_table_statistics(path).get_row_count() == -1
    assert catalog.list_partitions(path) == []
    one.close()
    two.close()
