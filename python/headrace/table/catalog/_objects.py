"""What catalogs hold: databases, tables, functions, partitions, statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.common.configuration import Configuration
from headrace.table.schema import Schema
from headrace.table.table_schema import TableSchema

Properties = Mapping[str, str]


class _Described:
    """Properties with a comment."""

    def __init__(self, properties: Properties, comment: str | None = None) -> None:
        self._properties = dict(properties)
        self._comment = comment

    def get_properties(self) -> dict[str, str]:
        """The properties."""
        return dict(self._properties)

    def get_comment(self) -> str | None:
        """The comment, None where there is none."""
        return self._comment

    def get_description(self) -> str | None:
        """The comment, None where there is none."""
        return self._comment

    def get_detailed_description(self) -> str | None:
        """The comment, None where there is none."""
        return self._comment

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), self._comment, tuple(sorted(self._properties))))


class CatalogDatabase(_Described):
    """A database."""

    @staticmethod
    def create_instance(properties: Properties, comment: str | None = None) -> CatalogDatabase:
        """A database of these properties."""
        return CatalogDatabase(properties, comment)

    def copy(self) -> CatalogDatabase:
        """A copy."""
        return CatalogDatabase(self._properties, self._comment)


class CatalogPartition(_Described):
    """A partition."""

    @staticmethod
    def create_instance(properties: Properties, comment: str | None = None) -> CatalogPartition:
        """A partition of these properties."""
        return CatalogPartition(properties, comment)

    def get_description(self) -> str | None:
        """None: a partition has a comment only."""
        return None

    def get_detailed_description(self) -> str | None:
        """None: a partition has a comment only."""
        return None

    def copy(self) -> CatalogPartition:
        """A copy."""
        return CatalogPartition(self._properties, self._comment)


class CatalogBaseTable(_Described):
    """A table or a view."""

    def __init__(
        self,
        schema: Schema,
        options: Properties,
        comment: str | None = None,
        partition_keys: Sequence[str] = (),
        query: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(options, comment)
        self._schema = schema
        self._partition_keys = list(partition_keys)
        self._query = query

    @staticmethod
    def create_table(
        schema: Schema | TableSchema,
        partition_keys: Sequence[str] = [],
        properties: Properties = {},  # noqa: B006
        comment: str | None = None,
    ) -> CatalogBaseTable:
        """A table."""
        return CatalogBaseTable(_schema(schema), properties, comment, partition_keys)

    @staticmethod
    def create_view(
        original_query: str,
        expanded_query: str,
        schema: Schema | TableSchema,
        properties: Properties,
        comment: str | None = None,
    ) -> CatalogBaseTable:
        """A view."""
        query = (original_query, expanded_query)
        return CatalogBaseTable(_schema(schema), properties, comment, query=query)

    def get_options(self) -> dict[str, str]:
        """The options of WITH (…)."""
        return dict(self._properties)

    def get_unresolved_schema(self) -> Schema:
        """The schema as it was declared."""
        return self._schema

    def get_partition_keys(self) -> list[str]:
        """The columns by which the table is partitioned."""
        return list(self._partition_keys)

    def get_expanded_query(self) -> str | None:
        """A view's query, None for a table."""
        return None if self._query is None else self._query[1]

    def copy(self) -> CatalogBaseTable:
        """A copy."""
        copy = CatalogBaseTable(self._schema, self._properties, self._comment)
        copy._partition_keys, copy._query = list(self._partition_keys), self._query
        return copy

    def _descriptor(self) -> dict[str, Any]:
        """A planpb.TableDescriptor."""
        out: dict[str, Any] = {"schema": self._schema._to_json(), "options": self._properties}
        if self._partition_keys:
            out["partitionKeys"] = self._partition_keys
        if self._comment is not None:
            out["comment"] = self._comment
        return out


def _schema(schema: Schema | TableSchema) -> Schema:
    if isinstance(schema, Schema):
        return schema
    names, types = schema.get_field_names(), schema.get_field_data_types()
    return Schema.new_builder().from_fields(names, types).build()


class CatalogFunction:
    """A function, by the path of its attribute: "module.attr"."""

    def __init__(self, class_name: str, function_language: str = "Python") -> None:
        self._class_name = class_name
        self._language = function_language

    @staticmethod
    def create_instance(class_name: str, function_language: str = "Python") -> CatalogFunction:
        """The function at a path."""
        return CatalogFunction(class_name, function_language)

    def get_class_name(self) -> str:
        """The path."""
        return self._class_name

    def copy(self) -> CatalogFunction:
        """A copy."""
        return CatalogFunction(self._class_name, self._language)

    def get_description(self) -> str | None:
        """What it is, in Flink's words."""
        return "This is a user-defined function"

    def get_detailed_description(self) -> str | None:
        """What it is, in Flink's words."""
        return "This is a user-defined function"

    def get_function_language(self) -> str:
        """The language, in capitals."""
        return self._language.upper()

    def get_options(self) -> dict[str, str]:
        """Functions have none."""
        return {}


class CatalogModel:
    """A model of a catalog."""

    def __init__(self, descriptor: Any) -> None:
        self._descriptor = descriptor

    def get_options(self) -> dict[str, str]:
        """The options."""
        options: dict[str, str] = self._descriptor.get_options()
        return options

    def get_comment(self) -> str | None:
        """The comment, None where there is none."""
        comment: str | None = self._descriptor.get_comment()
        return comment


class Procedure:
    """A procedure; the engine's catalogs have none."""

    def __init__(self, j_procedure: Any) -> None:
        self._procedure = j_procedure


class CatalogPartitionSpec:
    """Which partition: values by column."""

    def __init__(self, partition_spec: Properties) -> None:
        self._spec = dict(partition_spec)

    def __str__(self) -> str:
        inside = ", ".join(f"{k}={v}" for k, v in self._spec.items())
        return f"CatalogPartitionSpec{{{{{inside}}}}}"

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._spec.items())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CatalogPartitionSpec) and self._spec == other._spec

    def get_partition_spec(self) -> dict[str, str]:
        """The values by column."""
        return dict(self._spec)


class CatalogTableStatistics:
    """How large a table or partition is."""

    def __init__(
        self,
        row_count: int | None = None,
        field_count: int | None = None,
        total_size: int | None = None,
        raw_data_size: int | None = None,
        properties: Properties | None = None,
    ) -> None:
        unknown = -1
        self._row_count = unknown if row_count is None else row_count
        self._field_count = unknown if field_count is None else field_count
        self._total_size = unknown if total_size is None else total_size
        self._raw_data_size = unknown if raw_data_size is None else raw_data_size
        self._properties = dict(properties or {})

    def get_row_count(self) -> int:
        """Rows, -1 where that is not known."""
        return self._row_count

    def get_field_count(self) -> int:
        """Files, -1 where that is not known."""
        return self._field_count

    def get_total_size(self) -> int:
        """Bytes as stored, -1 where that is not known."""
        return self._total_size

    def get_raw_data_size(self) -> int:
        """Bytes of the data, -1 where that is not known."""
        return self._raw_data_size

    def get_properties(self) -> dict[str, str]:
        """Properties."""
        return dict(self._properties)

    def copy(self) -> CatalogTableStatistics:
        """A copy."""
        copy = CatalogTableStatistics()
        copy.__dict__.update(self.__dict__)
        copy._properties = dict(self._properties)
        return copy


class CatalogColumnStatistics:
    """What is known of the values of columns."""

    def __init__(
        self,
        column_statistics_data: Mapping[str, Any] | None = None,
        properties: Properties | None = None,
    ) -> None:
        self._data = dict(column_statistics_data or {})
        self._properties = dict(properties or {})

    def get_column_statistics_data(self) -> dict[str, Any]:
        """What is known, by column."""
        return dict(self._data)

    def get_properties(self) -> dict[str, str]:
        """Properties."""
        return dict(self._properties)

    def copy(self) -> CatalogColumnStatistics:
        """A copy."""
        return CatalogColumnStatistics(self._data, self._properties)


class CatalogDescriptor:
    """A catalog to be made: its name and options."""

    def __init__(self, name: str, configuration: Configuration, comment: str | None) -> None:
        self._name = name
        self._configuration = configuration
        self._comment = comment

    @staticmethod
    def of(
        catalog_name: str, configuration: Configuration, comment: str | None = None
    ) -> CatalogDescriptor:
        """A catalog of these options; "type" is among them."""
        return CatalogDescriptor(catalog_name, configuration, comment)
