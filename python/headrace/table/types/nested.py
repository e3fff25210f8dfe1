"""Types that are made of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from headrace.table.types.base import DataType, a_type


class ArrayType(DataType):
    """ARRAY<element_type>."""

    def __init__(self, element_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.element_type = a_type("the element type of an ARRAY", element_type)

    def _root(self) -> str:
        return f"ARRAY<{self.element_type.sql()}>"

    def __repr__(self) -> str:
        return f"ArrayType({self.element_type!r}, {str(self._nullable).lower()})"


class ListViewType(ArrayType):
    """A list inside an accumulator."""

    def __repr__(self) -> str:
        return f"ListViewType({self.element_type!r})"


class MapType(DataType):
    """MAP<key_type, value_type>."""

    def __init__(self, key_type: DataType, value_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.key_type = a_type("the key type of a MAP", key_type)
        self.value_type = a_type("the value type of a MAP", value_type)

    def _root(self) -> str:
        return f"MAP<{self.key_type.sql()}, {self.value_type.sql()}>"

    def __repr__(self) -> str:
        return f"MapType({self.key_type!r}, {self.value_type!r}, {str(self._nullable).lower()})"


class MapViewType(MapType):
    """A map inside an accumulator."""

    def __repr__(self) -> str:
        return f"MapViewType({self.key_type!r}, {self.value_type!r})"


class MultisetType(DataType):
    """MULTISET<element_type>."""

    def __init__(self, element_type: DataType, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.element_type = a_type("the element type of a MULTISET", element_type)

    def _root(self) -> str:
        return f"MULTISET<{self.element_type.sql()}>"

    def __repr__(self) -> str:
        return f"MultisetType({self.element_type!r}, {str(self._nullable).lower()})"


class RowField:
    """A named field of a ROW."""

    def __init__(self, name: str, data_type: DataType, description: str | None = None) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a field must be a text, not {name!r}")
        self.name = name
        self.data_type = a_type(f"the type of field {name!r}", data_type)
        self.description = description

    def __repr__(self) -> str:
        return f"RowField({self.name}, {self.data_type!r}, {self.description or '...'})"

    def __str__(self) -> str:
        return f"RowField({self.name}, {self.data_type})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowField) and (self.name, self.data_type) == (
            other.name, other.data_type)

    def __hash__(self) -> int:
        return hash((self.name, self.data_type))

    def _sql(self) -> str:
        text = f"`{self.name.replace('`', '``')}` {self.data_type.sql()}"
        if self.description:
            text += " '" + self.description.replace("'", "''") + "'"
        return text


class RowType(DataType):
    """ROW<name type, …>."""

    def __init__(self, fields: Sequence[RowField] | None = None, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.fields = list(fields or [])

    @property
    def names(self) -> list[str]:
        """The fields' names."""
        return [f.name for f in self.fields]

    def field_names(self) -> list[str]:
        """The fields' names."""
        return self.names

    def field_types(self) -> list[DataType]:
        """The fields' types."""
        return [f.data_type for f in self.fields]

    def add(self, field: str | RowField, data_type: DataType | None = None) -> RowType:
        """Appends a field."""
        if isinstance(field, str):
            if data_type is None:
                raise ValueError("a field added by name needs its data_type")
            field = RowField(field, data_type)
        self.fields.append(field)
        return self

    def __iter__(self) -> Iterator[RowField]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @overload
    def __getitem__(self, key: str | int) -> RowField: ...
    @overload
    def __getitem__(self, key: slice) -> RowType: ...
    def __getitem__(self, key: str | int | slice) -> RowField | RowType:
        if isinstance(key, slice):
            return RowType(self.fields[key])
        if isinstance(key, int):
            return self.fields[key]
        for field in self.fields:
            if field.name == key:
                return field
        raise KeyError(f"no field named {key!r}; there are {', '.join(self.names)}")

    def _root(self) -> str:
        return "ROW<" + ", ".join(f._sql() for f in self.fields) + ">"

    def __repr__(self) -> str:
        return "RowType(" + ",".join(repr(f) for f in self.fields) + ")"


class RawType(DataType):
    """RAW: bytes that SQL does not look into."""

    def __init__(self, class_name: str = "object", nullable: bool = True) -> None:
        super().__init__(nullable)
        self.class_name = class_name

    def _root(self) -> str:
        return f"RAW('{self.class_name}')"


class UserDefinedType(DataType):
    """A class of the user's that is stored as an SQL type: override sql_type and conversions."""

    @classmethod
    def type_name(cls) -> str:
        """The class's name in lower case."""
        return cls.__name__.lower()

    @classmethod
    def sql_type(cls) -> DataType:
        """How values are stored."""
        raise NotImplementedError(f"{cls.__name__} must define sql_type()")

    @classmethod
    def module(cls) -> str:
        """The module of the class."""
        return cls.__module__

    @classmethod
    def java_udt(cls) -> str:
        """There is no JVM: the empty string."""
        return ""

    def need_conversion(self) -> bool:
        """Values differ between Python and SQL."""
        return True

    def serialize(self, obj: Any) -> Any:
        """The value as it is stored."""
        raise NotImplementedError(f"{type(self).__name__} must define serialize()")

    def deserialize(self, datum: Any) -> Any:
        """The value as Python sees it."""
        raise NotImplementedError(f"{type(self).__name__} must define deserialize()")

    def to_sql_type(self, obj: Any) -> Any:
        """The value as it is stored."""
        return None if obj is None else self.serialize(obj)

    def from_sql_type(self, obj: Any) -> Any:
        """The value as Python sees it."""
        return None if obj is None else self.deserialize(obj)

    def _root(self) -> str:
        return self.sql_type()._root()
