"""Names and types of columns."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.table.types import DataType, DataTypes, RowType

__all__ = ["TableSchema"]


class TableSchema:
    """The columns of a table, by name and type."""

    def __init__(
        self,
        field_names: Sequence[str] | None = None,
        data_types: Sequence[DataType] | None = None,
    ) -> None:
        names, types = list(field_names or ()), list(data_types or ())
        if len(names) != len(types):
            raise ValueError(f"{len(names)} names for {len(types)} types")
        self._names = names
        self._types = types
        self._lines: list[str] | None = None  # how a table declares them, to be shown

    def copy(self) -> TableSchema:
        """A copy."""
        return TableSchema(self._names, self._types)

    def get_field_data_types(self) -> list[DataType]:
        """The types."""
        return list(self._types)

    def get_field_data_type(self, field: int | str) -> DataType | None:
        """The type of a column by index or name, None where there is no such column."""
        if not isinstance(field, (int, str)):
            raise TypeError(f"a column is given by index or name, not {field!r}")
        if isinstance(field, str):
            return self._types[self._names.index(field)] if field in self._names else None
        return self._types[field] if 0 <= field < len(self._types) else None

    def get_field_count(self) -> int:
        """The number of columns."""
        return len(self._names)

    def get_field_names(self) -> list[str]:
        """The names."""
        return list(self._names)

    def get_field_name(self, field_index: int) -> str | None:
        """The name of a column by index, None where there is no such column."""
        return self._names[field_index] if 0 <= field_index < len(self._names) else None

    def to_row_data_type(self) -> RowType:
        """The type of a whole row."""
        pairs = zip(self._names, self._types, strict=True)
        return DataTypes.ROW([DataTypes.FIELD(n, d) for n, d in pairs])

    def __repr__(self) -> str:
        pairs = zip(self._names, self._types, strict=True)
        lines = self._lines or [f" |-- {n}: {d.sql()}" for n, d in pairs]
        return "root\n" + "".join(line + "\n" for line in lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TableSchema) and (self._names, self._types) == (
            other._names,
            other._types,
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((tuple(self._names), tuple(self._types)))

    @classmethod
    def builder(cls) -> TableSchema.Builder:
        """A builder."""
        return TableSchema.Builder()

    class Builder:
        """Builds a TableSchema column by column."""

        def __init__(self) -> None:
            self._names: list[str] = []
            self._types: list[DataType] = []

        def field(self, name: str, data_type: DataType) -> TableSchema.Builder:
            """Adds a column."""
            if not isinstance(name, str) or not isinstance(data_type, DataType):
                raise TypeError(f"a column has a name and a DataType, not {name!r}, {data_type!r}")
            self._names.append(name)
            self._types.append(data_type)
            return self

        def build(self) -> TableSchema:
            """The schema."""
            return TableSchema(self._names, self._types)
