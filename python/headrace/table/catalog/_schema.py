"""A schema whose names and types are settled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum

from headrace.table.catalog._column import Column
from headrace.table.resolved_expression import ResolvedExpression
from headrace.table.types import DataType, RowField, RowType


class WatermarkSpec:
    """The time attribute of a schema and its watermark."""

    def __init__(self, rowtime_attribute: str, watermark_expression: ResolvedExpression) -> None:
        self._attribute = rowtime_attribute
        self._expression = watermark_expression

    @staticmethod
    def of(rowtime_attribute: str, watermark_expression: ResolvedExpression) -> WatermarkSpec:
        """The watermark of a column."""
        return WatermarkSpec(rowtime_attribute, watermark_expression)

    def __str__(self) -> str:
        return self.as_summary_string()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WatermarkSpec) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def get_rowtime_attribute(self) -> str:
        """The column."""
        return self._attribute

    def get_watermark_expression(self) -> ResolvedExpression:
        """The watermark."""
        return self._expression

    def as_summary_string(self) -> str:
        """The watermark as DDL writes it."""
        expression = self._expression
        return (
            f"WATERMARK FOR `{self._attribute}`: {expression.get_output_data_type().sql()} AS "
            f"{expression.as_summary_string()}"
        )


class Constraint(ABC):
    """A constraint of a schema."""

    class ConstraintType(Enum):
        """The kinds of constraints."""

        PRIMARY_KEY = 0
        UNIQUE_KEY = 1

    def __init__(self, name: str, enforced: bool) -> None:
        self._name = name
        self._enforced = enforced

    def get_name(self) -> str:
        """The name."""
        return self._name

    def is_enforced(self) -> bool:
        """Whether rows are checked."""
        return self._enforced

    @abstractmethod
    def get_type(self) -> Constraint.ConstraintType:
        """The kind."""

    @abstractmethod
    def as_summary_string(self) -> str:
        """The constraint as DDL writes it."""


class UniqueConstraint(Constraint):
    """A primary key, which is not enforced."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        super().__init__(name, False)
        self._columns = list(columns)

    @staticmethod
    def primary_key(name: str, columns: Sequence[str]) -> UniqueConstraint:
        """A primary key of these columns."""
        return UniqueConstraint(name, columns)

    def get_columns(self) -> list[str]:
        """The columns."""
        return list(self._columns)

    def get_type(self) -> Constraint.ConstraintType:
        """PRIMARY_KEY."""
        return Constraint.ConstraintType.PRIMARY_KEY

    def get_type_string(self) -> str:
        """PRIMARY KEY."""
        return "PRIMARY KEY"

    def as_summary_string(self) -> str:
        """The key as DDL writes it."""
        columns = ", ".join(f"`{c}`" for c in self._columns)
        return f"CONSTRAINT `{self._name}` PRIMARY KEY ({columns}) NOT ENFORCED"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UniqueConstraint) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return self.as_summary_string()


class ResolvedSchema:
    """Columns with their types, watermarks and the primary key."""

    def __init__(
        self,
        columns: Sequence[Column] | None = None,
        watermark_specs: Sequence[WatermarkSpec] | None = None,
        primary_key: UniqueConstraint | None = None,
    ) -> None:
        self._columns = list(columns or ())
        self._watermarks = list(watermark_specs or ())
        self._primary_key = primary_key

    @staticmethod
    def of(columns: Sequence[Column]) -> ResolvedSchema:
        """A schema of columns only."""
        return ResolvedSchema(columns)

    @staticmethod
    def physical(
        column_names: Sequence[str], column_data_types: Sequence[DataType]
    ) -> ResolvedSchema:
        """A schema of physical columns."""
        pairs = zip(column_names, column_data_types, strict=True)
        return ResolvedSchema([Column.physical(n, d) for n, d in pairs])

    def __str__(self) -> str:
        parts = [c.as_summary_string() for c in self._columns]
        parts += [w.as_summary_string() for w in self._watermarks]
        if self._primary_key is not None:
            parts.append(self._primary_key.as_summary_string())
        return "(\n  " + ",\n  ".join(parts) + "\n)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResolvedSchema) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def get_column_count(self) -> int:
        """The number of columns."""
        return len(self._columns)

    def get_columns(self) -> list[Column]:
        """The columns."""
        return list(self._columns)

    def get_column_names(self) -> list[str]:
        """Their names."""
        return [c.get_name() for c in self._columns]

    def get_column_data_types(self) -> list[DataType]:
        """Their types."""
        return [c.get_data_type() for c in self._columns]

    def get_column(self, column_index_or_name: int | str) -> Column | None:
        """A column by index or name, None where there is no such column."""
        if isinstance(column_index_or_name, int):
            inside = 0 <= column_index_or_name < len(self._columns)
            return self._columns[column_index_or_name] if inside else None
        return next((c for c in self._columns if c.get_name() == column_index_or_name), None)

    def get_watermark_specs(self) -> list[WatermarkSpec]:
        """The watermarks."""
        return list(self._watermarks)

    def get_primary_key(self) -> UniqueConstraint | None:
        """The primary key, None where there is none."""
        return self._primary_key

    def get_primary_key_indexes(self) -> list[int]:
        """The key's columns by index."""
        names = self.get_column_names()
        key = self._primary_key
        return [] if key is None else [names.index(c) for c in key.get_columns()]

    def to_source_row_data_type(self) -> DataType:
        """The type of rows with all columns."""
        return _row(self._columns)

    def to_physical_row_data_type(self) -> DataType:
        """The type of rows with the physical columns."""
        return _row([c for c in self._columns if c.is_physical()])

    def to_sink_row_data_type(self) -> DataType:
        """The type of rows with the columns that INSERT writes."""
        return _row([c for c in self._columns if c.is_persisted()])


def _row(columns: Sequence[Column]) -> DataType:
    return RowType([RowField(c.get_name(), c.get_data_type()) for c in columns]).not_null()
