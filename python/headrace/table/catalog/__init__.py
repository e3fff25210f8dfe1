"""Catalogs and what they hold: databases, tables, functions, schemas."""

from __future__ import annotations

from headrace.table.catalog._column import (
    Column,
    ComputedColumn,
    MetadataColumn,
    PhysicalColumn,
)
from headrace.table.catalog._identifier import ObjectIdentifier, ObjectPath
from headrace.table.catalog._schema import (
    Constraint,
    ResolvedSchema,
    UniqueConstraint,
    WatermarkSpec,
)

__all__ = [
    "Column",
    "ComputedColumn",
    "Constraint",
    "MetadataColumn",
    "ObjectIdentifier",
    "ObjectPath",
    "PhysicalColumn",
    "ResolvedSchema",
    "UniqueConstraint",
    "WatermarkSpec",
]
