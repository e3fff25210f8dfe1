"""Catalogs and what they hold: databases, tables, functions, schemas."""

from __future__ import annotations

from headrace.table.catalog._catalog import Catalog
from headrace.table.catalog._column import (
    Column,
    ComputedColumn,
    MetadataColumn,
    PhysicalColumn,
)
from headrace.table.catalog._identifier import ObjectIdentifier, ObjectPath
from headrace.table.catalog._known import GenericInMemoryCatalog, JdbcCatalog
from headrace.table.catalog._objects import (
    CatalogBaseTable,
    CatalogColumnStatistics,
    CatalogDatabase,
    CatalogDescriptor,
    CatalogFunction,
    CatalogModel,
    CatalogPartition,
    CatalogPartitionSpec,
    CatalogTableStatistics,
    Procedure,
)
from headrace.table.catalog._schema import (
    Constraint,
    ResolvedSchema,
    UniqueConstraint,
    WatermarkSpec,
)

__all__ = [
    "Catalog",
    "CatalogBaseTable",
    "CatalogColumnStatistics",
    "CatalogDatabase",
    "CatalogDescriptor",
    "CatalogFunction",
    "CatalogModel",
    "CatalogPartition",
    "CatalogPartitionSpec",
    "CatalogTableStatistics",
    "Column",
    "ComputedColumn",
    "Constraint",
    "GenericInMemoryCatalog",
    "JdbcCatalog",
    "MetadataColumn",
    "ObjectIdentifier",
    "ObjectPath",
    "PhysicalColumn",
    "Procedure",
    "ResolvedSchema",
    "UniqueConstraint",
    "WatermarkSpec",
]
