"""Catalogs, tables, descriptors and modules."""

from __future__ import annotations

import pytest
from conftest import rows

from headrace.common import Configuration
from headrace.table import (
    DataTypes,
    FormatDescriptor,
    ModelDescriptor,
    Module,
    ModuleEntry,
    Schema,
    TableDescriptor,
    TableEnvironment,
)
from headrace.table.catalog import (
    CatalogBaseTable,
    CatalogDatabase,
    CatalogDescriptor,
    CatalogPartition,
    CatalogPartitionSpec,
    GenericInMemoryCatalog,
    ObjectPath,
)
from headrace.table.expressions import col
from headrace.util.exceptions import (
    CatalogException,
    DatabaseNotExistException,
    TableAlreadyExistException,
    TableNotExistException,
    ValidationException,
)

SCHEMA = (
    Schema.new_builder()
    .column("a", DataTypes.INT().not_null())
    .column("ts", "TIMESTAMP(3)")
    .column_by_expression("twice", col("a") * 2)
    .watermark("ts", "ts - INTERVAL '1' SECOND")
    .primary_key("a")
    .build()
)


def descriptor(path: str) -> TableDescriptor:
    form = FormatDescriptor.for_format("csv").option("field-delimiter", ";").build()
    builder = TableDescriptor.for_connector("filesystem").option("path", path)
    return builder.schema(SCHEMA).format(form).build()


def test_a_described_table(batch: TableEnvironment, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("3;2024-01-01 00:00:00\n")
    described = descriptor(str(tmp_path))
    assert described.get_options()["csv.field-delimiter"] == ";"
    batch.create_table("t", described)
    assert rows(batch.from_path("t").select(col("a"), col("twice"))) == [(3, 6)]
    assert rows(batch.from_descriptor(described).select(col("twice"))) == [(6,)]
    with pytest.raises(ValidationException, match="exists"):
        batch.create_table("t", described)
    batch.create_table("t", described, True)
    assert batch.drop_table("t")
    with pytest.raises(ValidationException, match="no table 't'"):
        batch.drop_table("t", False)


def test_schema_text() -> None:
    assert str(SCHEMA).splitlines() == [
        "(",
        "  `a` INT NOT NULL,",
        "  `ts` [TIMESTAMP(3)],",
        "  `twice` AS times(a, 2),",
        "  WATERMARK FOR `ts` AS [ts - INTERVAL '1' SECOND],",
        "  CONSTRAINT `PK_a` PRIMARY KEY (`a`) NOT ENFORCED",
        ")",
    ]


def test_a_catalogs_methods(batch: TableEnvironment) -> None:
    batch.create_catalog("c", CatalogDescriptor.of("c", Configuration.from_dict(
        {"type": "generic_in_memory"})))  # fmt: skip
    catalog = batch.get_catalog("c")
    assert catalog is not None
    catalog.create_database("d", CatalogDatabase.create_instance({"k": "v"}, "words"), False)
    assert catalog.get_database("d").get_comment() == "words"
    assert catalog.list_databases() == ["d", "default"]
    with pytest.raises(DatabaseNotExistException):
        catalog.list_tables("missing")
    path = ObjectPath("d", "t")
    table = CatalogBaseTable.create_table(SCHEMA, [], {"connector": "blackhole"}, "a table")
    catalog.create_table(path, table, False)
    with pytest.raises(TableAlreadyExistException):
        catalog.create_table(path, table, False)
    found = catalog.get_table(path)
    assert found.get_options() == {"connector": "blackhole"}
    assert "`twice` AS" in str(found.get_unresolved_schema())
    catalog.rename_table(path, "u", False)
    assert catalog.list_tables("d") == ["u"]
    spec = CatalogPartitionSpec({"p": "1"})
    renamed = ObjectPath("d", "u")
    catalog.create_partition(renamed, spec, CatalogPartition.create_instance({}), False)
    assert catalog.list_partitions(renamed) == [spec]
    catalog.drop_table(renamed, False)
    with pytest.raises(TableNotExistException):
        catalog.get_table(renamed)


def test_registering_a_catalog(batch: TableEnvironment) -> None:
    own = GenericInMemoryCatalog("own", "first")
    view = CatalogBaseTable.create_view("SELECT 1 AS x", "SELECT 1 AS x", SCHEMA, {})
    own.create_table(ObjectPath("first", "one"), view, False)
    batch.register_catalog("mine", own)
    batch.use_catalog("mine")
    assert (batch.get_current_catalog(), batch.get_current_database()) == ("mine", "first")
    assert rows(batch.from_path("one")) == [(1,)]
    assert batch.get_catalog("mine") is own
    assert batch.get_catalog("none") is None


def test_modules_and_models(batch: TableEnvironment) -> None:
    assert batch.list_full_modules() == [ModuleEntry("core", True)]
    batch.use_modules()
    assert batch.list_modules() == []
    assert batch.list_full_modules() == [ModuleEntry("core", False)]
    batch.execute_sql("UNLOAD MODULE core")  # SQL and the methods speak of the same
    assert batch.list_full_modules() == []
    with pytest.raises(ValidationException, match="no module 'core'"):
        batch.unload_module("core")
    assert rows(batch.sql_query("SELECT UPPER('a')")) == [("A",)]  # as in Flink
    batch.load_module("core", Module("core"))
    assert batch.list_modules() == ["core"]
    batch.create_model("m", ModelDescriptor.for_provider("p").build())
    batch.create_temporary_model("n", ModelDescriptor.for_provider("p").build())
    assert (batch.list_models(), batch.list_temporary_models()) == (["m", "n"], ["n"])
    assert batch.drop_model("m")
    assert batch.list_models() == ["n"]


def test_what_is_not_there_cannot_be_used(batch: TableEnvironment) -> None:
    with pytest.raises(CatalogException, match="catalog 'nope' does not exist"):
        batch.use_catalog("nope")
    with pytest.raises(CatalogException, match="database 'nope' does not exist"):
        batch.use_database("nope")
