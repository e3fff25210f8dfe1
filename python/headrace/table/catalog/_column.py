"""Columns of a resolved schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from headrace.table.types import DataType

if TYPE_CHECKING:
    from headrace.table.resolved_expression import ResolvedExpression


class Column(ABC):
    """A column: physical, computed or metadata."""

    def __init__(self, name: str, data_type: DataType, comment: str | None = None) -> None:
        self._name = name
        self._data_type = data_type
        self._comment = comment

    @staticmethod
    def physical(name: str, data_type: DataType) -> PhysicalColumn:
        """A column that the table stores."""
        return PhysicalColumn(name, data_type)

    @staticmethod
    def computed(name: str, resolved_expression: ResolvedExpression) -> ComputedColumn:
        """A column that is computed from others."""
        return ComputedColumn(name, resolved_expression)

    @staticmethod
    def metadata(
        name: str, data_type: DataType, metadata_key: str | None, is_virtual: bool
    ) -> MetadataColumn:
        """A column that the connector knows beside the rows; virtual ones are not written."""
        return MetadataColumn(name, data_type, metadata_key, is_virtual)

    def _parts(self) -> tuple[object, ...]:
        return type(self), self._name, self._data_type, self._comment, self.explain_extras()

    def _copied(self, **changes: object) -> Column:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(changes)
        return copy

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __str__(self) -> str:
        return self.as_summary_string()

    def with_comment(self, comment: str | None) -> Column:
        """The column with a comment."""
        return self._copied(_comment=comment)

    @abstractmethod
    def is_physical(self) -> bool:
        """Whether the table stores the column."""

    @abstractmethod
    def is_persisted(self) -> bool:
        """Whether INSERT writes the column."""

    def get_data_type(self) -> DataType:
        """The type."""
        return self._data_type

    def get_name(self) -> str:
        """The name."""
        return self._name

    def get_comment(self) -> str | None:
        """The comment, None where there is none."""
        return self._comment

    def as_summary_string(self) -> str:
        """The column as DDL writes it."""
        extras = self.explain_extras()
        text = f"`{self._name}` {self._data_type.sql()}"
        if extras is not None:
            text += f" {extras}"
        return text if self._comment is None else f"{text} COMMENT '{self._comment}'"

    @abstractmethod
    def explain_extras(self) -> str | None:
        """What kind of column it is, None for a physical one."""

    def copy(self, new_data_type: DataType) -> Column:
        """The column with another type."""
        return self._copied(_data_type=new_data_type)

    def rename(self, new_name: str) -> Column:
        """The column with another name."""
        return self._copied(_name=new_name)


class PhysicalColumn(Column):
    """A column that the table stores."""

    def is_physical(self) -> bool:
        """True."""
        return True

    def is_persisted(self) -> bool:
        """True."""
        return True

    def explain_extras(self) -> str | None:
        """None: it is the usual kind."""
        return None


class ComputedColumn(Column):
    """A column that is computed from others."""

    def __init__(self, name: str, expression: ResolvedExpression) -> None:
        super().__init__(name, expression.get_output_data_type())
        self._expression = expression

    def is_physical(self) -> bool:
        """False."""
        return False

    def is_persisted(self) -> bool:
        """False."""
        return False

    def get_expression(self) -> ResolvedExpression:
        """The expression."""
        return self._expression

    def explain_extras(self) -> str | None:
        """AS and the expression."""
        return f"AS {self._expression.as_summary_string()}"


class MetadataColumn(Column):
    """A column that the connector knows beside the rows."""

    def __init__(
        self, name: str, data_type: DataType, metadata_key: str | None, is_virtual: bool
    ) -> None:
        super().__init__(name, data_type)
        self._metadata_key = metadata_key
        self._is_virtual = is_virtual

    def is_virtual(self) -> bool:
        """Whether INSERT leaves the column out."""
        return self._is_virtual

    def get_metadata_key(self) -> str | None:
        """The connector's name for it, None where it is the column's."""
        return self._metadata_key

    def is_physical(self) -> bool:
        """False."""
        return False

    def is_persisted(self) -> bool:
        """Whether INSERT writes the column."""
        return not self._is_virtual

    def explain_extras(self) -> str | None:
        """METADATA with its key."""
        key = "" if self._metadata_key is None else f" FROM '{self._metadata_key}'"
        return f"METADATA{key}{' VIRTUAL' if self._is_virtual else ''}"
