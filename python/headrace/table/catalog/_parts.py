"""Partitions, statistics and models of a catalog: what the engine finds or keeps, and what this
process was told."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from headrace.table.catalog._identifier import ObjectPath
from headrace.table.catalog._objects import (
    CatalogColumnStatistics,
    CatalogModel,
    CatalogPartition,
    CatalogPartitionSpec,
    CatalogTableStatistics,
)
from headrace.table.model_descriptor import ModelDescriptor
from headrace.util.exceptions import (
    CatalogException,
    PartitionAlreadyExistsException,
    PartitionNotExistException,
)

_Key = tuple[ObjectPath, CatalogPartitionSpec]


class Partitions:
    """Partitions: those that the engine finds, and those that were declared here."""

    def __init__(self) -> None:
        self._partitions: dict[_Key, CatalogPartition] = {}

    @abstractmethod
    def _check_table(self, path: ObjectPath) -> None:
        """Raises unless there is such a table."""

    @abstractmethod
    def _found_partitions(self, path: ObjectPath) -> list[CatalogPartitionSpec]:
        """The partitions that a table's connector lists."""

    def list_partitions(
        self, table_path: ObjectPath, partition_spec: CatalogPartitionSpec | None = None
    ) -> list[CatalogPartitionSpec]:
        """The partitions of a table, those alone that have the given values."""
        self._check_table(table_path)
        wanted = {} if partition_spec is None else partition_spec.get_partition_spec()
        declared = [spec for path, spec in self._partitions if path == table_path]
        found = [s for s in self._found_partitions(table_path) if s not in declared]
        every = found + declared
        return [s for s in every if wanted.items() <= s.get_partition_spec().items()]

    def _partition(self, path: ObjectPath, spec: CatalogPartitionSpec) -> CatalogPartition:
        found = self._partitions.get((path, spec))
        if found is None and spec in self._found_partitions(path):
            found = CatalogPartition.create_instance({})
        if found is None:
            raise PartitionNotExistException(f"table '{path}' has no partition {spec}")
        return found

    def get_partition(
        self, table_path: ObjectPath, partition_spec: CatalogPartitionSpec
    ) -> CatalogPartition:
        """A partition."""
        return self._partition(table_path, partition_spec).copy()

    def partition_exists(
        self, table_path: ObjectPath, partition_spec: CatalogPartitionSpec
    ) -> bool:
        """Whether there is such a partition."""
        declared = (table_path, partition_spec) in self._partitions
        return declared or partition_spec in self._found_partitions(table_path)

    def create_partition(
        self,
        table_path: ObjectPath,
        partition_spec: CatalogPartitionSpec,
        partition: CatalogPartition,
        ignore_if_exists: bool,
    ) -> None:
        """Declares a partition."""
        self._check_table(table_path)
        if self.partition_exists(table_path, partition_spec):
            if ignore_if_exists:
                return
            raise PartitionAlreadyExistsException(
                f"table '{table_path}' has partition {partition_spec} already"
            )
        self._partitions[table_path, partition_spec] = partition.copy()

    def drop_partition(
        self,
        table_path: ObjectPath,
        partition_spec: CatalogPartitionSpec,
        ignore_if_not_exists: bool,
    ) -> None:
        """Drops a partition's declaration."""
        if not ignore_if_not_exists:
            self._partition(table_path, partition_spec)
        self._partitions.pop((table_path, partition_spec), None)

    def alter_partition(
        self,
        table_path: ObjectPath,
        partition_spec: CatalogPartitionSpec,
        new_partition: CatalogPartition,
        ignore_if_not_exists: bool,
    ) -> None:
        """Gives a partition other properties."""
        if not self.partition_exists(table_path, partition_spec):
            if ignore_if_not_exists:
                return
            self._partition(table_path, partition_spec)
        self._partitions[table_path, partition_spec] = new_partition.copy()


class Statistics:
    """Statistics that were given, by table and partition."""

    def __init__(self) -> None:
        super().__init__()
        self._tables: dict[Any, CatalogTableStatistics] = {}
        self._columns: dict[Any, CatalogColumnStatistics] = {}

    @abstractmethod
    def _check_table(self, path: ObjectPath) -> None:
        """Raises unless there is such a table."""

    @abstractmethod
    def _known_rows(self, path: ObjectPath) -> int:
        """How many rows the engine takes a table to have, by ANALYZE TABLE or _know_rows; or -1."""

    @abstractmethod
    def _know_rows(self, path: ObjectPath, rows: int) -> None:
        """Has the engine take a table to have so many rows; not where rows is negative."""

    def get_table_statistics(self, table_path: ObjectPath) -> CatalogTableStatistics:
        """How large a table is; -1 stands for what is not known."""
        self._check_table(table_path)
        told, rows = self._tables.get(table_path), self._known_rows(table_path)
        if told is not None and told.get_row_count() == rows:
            return told
        return CatalogTableStatistics(rows)

    def get_table_column_statistics(self, table_path: ObjectPath) -> CatalogColumnStatistics:
        """What is known of a table's columns."""
        self._check_table(table_path)
        return self._columns.get(table_path, CatalogColumnStatistics())

    def get_partition_statistics(
        self, table_path: ObjectPath, partition_spec: CatalogPartitionSpec
    ) -> CatalogTableStatistics:
        """How large a partition is."""
        return self._tables.get((table_path, partition_spec), CatalogTableStatistics())

    def bulk_get_partition_statistics(
        self, table_path: ObjectPath, partition_specs: Sequence[CatalogPartitionSpec]
    ) -> list[CatalogTableStatistics]:
        """How large partitions are."""
        return [self.get_partition_statistics(table_path, spec) for spec in partition_specs]

    def get_partition_column_statistics(
        self, table_path: ObjectPath, partition_spec: CatalogPartitionSpec
    ) -> CatalogColumnStatistics:
        """What is known of a partition's columns."""
        return self._columns.get((table_path, partition_spec), CatalogColumnStatistics())

    def bulk_get_partition_column_statistics(
        self, table_path: ObjectPath, partition_specs: Sequence[CatalogPartitionSpec]
    ) -> list[CatalogColumnStatistics]:
        """What is known of the columns of partitions."""
        return [self.get_partition_column_statistics(table_path, s) for s in partition_specs]

    def alter_table_statistics(
        self,
        table_path: ObjectPath,
        table_statistics: CatalogTableStatistics,
        ignore_if_not_exists: bool,
    ) -> None:
        """Says how large a table is."""
        if self._there(table_path, ignore_if_not_exists):
            self._tables[table_path] = table_statistics.copy()
            self._know_rows(table_path, table_statistics.get_row_count())

    def alter_table_column_statistics(
        self,
        table_path: ObjectPath,
        column_statistics: CatalogColumnStatistics,
        ignore_if_not_exists: bool,
    ) -> None:
        """Says what is known of a table's columns."""
        if self._there(table_path, ignore_if_not_exists):
            self._columns[table_path] = column_statistics.copy()

    def alter_partition_statistics(
        self,
        table_path: ObjectPath,
        partition_spec: CatalogPartitionSpec,
        partition_statistics: CatalogTableStatistics,
        ignore_if_not_exists: bool,
    ) -> None:
        """Says how large a partition is."""
        if self._there(table_path, ignore_if_not_exists):
            self._tables[table_path, partition_spec] = partition_statistics.copy()

    def alter_partition_column_statistics(
        self,
        table_path: ObjectPath,
        partition_spec: CatalogPartitionSpec,
        column_statistics: CatalogColumnStatistics,
        ignore_if_not_exists: bool,
    ) -> None:
        """Says what is known of a partition's columns."""
        if self._there(table_path, ignore_if_not_exists):
            self._columns[table_path, partition_spec] = column_statistics.copy()

    def _there(self, path: ObjectPath, ignore: bool) -> bool:
        try:
            self._check_table(path)
        except CatalogException:
            if ignore:
                return False
            raise
        return True


class Models:
    """Models that were declared, by database and name."""

    def __init__(self) -> None:
        super().__init__()
        self._models: dict[ObjectPath, CatalogModel] = {}

    def list_models(self, database_name: str) -> list[str]:
        """The models of a database."""
        paths = sorted(self._models)
        return [p.get_object_name() for p in paths if p.get_database_name() == database_name]

    def get_model(self, model_path: ObjectPath) -> CatalogModel:
        """A model."""
        found = self._models.get(model_path)
        if found is None:
            raise CatalogException(f"there is no model '{model_path}'")
        return found

    def model_exists(self, model_path: ObjectPath) -> bool:
        """Whether there is a model of the name."""
        return model_path in self._models

    def drop_model(self, model_path: ObjectPath, ignore_if_not_exists: bool) -> None:
        """Drops a model."""
        if not ignore_if_not_exists:
            self.get_model(model_path)
        self._models.pop(model_path, None)

    def rename_model(
        self, model_path: ObjectPath, new_model_name: str, ignore_if_not_exists: bool
    ) -> None:
        """Renames a model."""
        if not self.model_exists(model_path):
            if ignore_if_not_exists:
                return
            self.get_model(model_path)
        path = ObjectPath(model_path.get_database_name(), new_model_name)
        self._models[path] = self._models.pop(model_path)

    def create_model(
        self, model_path: ObjectPath, model: CatalogModel | ModelDescriptor, ignore_if_exists: bool
    ) -> None:
        """Declares a model."""
        if self.model_exists(model_path) and not ignore_if_exists:
            raise CatalogException(f"model '{model_path}' exists already")
        made = CatalogModel(model) if isinstance(model, ModelDescriptor) else model
        self._models.setdefault(model_path, made)

    def alter_model(
        self,
        model_path: ObjectPath,
        new_model: CatalogModel | ModelDescriptor,
        ignore_if_not_exists: bool,
    ) -> None:
        """Puts another model in the place of one."""
        if not self.model_exists(model_path):
            if ignore_if_not_exists:
                return
            self.get_model(model_path)
        self._models.pop(model_path)
        self.create_model(model_path, new_model, False)
