"""The base of all data types."""

from __future__ import annotations

from typing import Any

_MAX = 0x7FFFFFFF  # the length of STRING and BYTES


def within(what: str, value: int, least: int, most: int) -> int:
    """The value, which must lie between two bounds."""
    if not least <= value <= most:
        raise ValueError(f"{what} must be from {least} to {most}, not {value}")
    return value


def a_type(what: str, value: Any) -> DataType:
    """The value, which must be a DataType."""
    if not isinstance(value, DataType):
        raise TypeError(f"{what} must be a DataType such as DataTypes.INT(), not {value!r}")
    return value


class DataType:
    """The type of a column; ``sql()`` is how SQL writes it."""

    def __init__(self, nullable: bool = True) -> None:
        self._nullable = nullable
        self._conversion_cls = ""

    def _root(self) -> str:
        raise NotImplementedError  # every type below has one

    def sql(self) -> str:
        """The type in SQL: "DECIMAL(10, 2) NOT NULL"."""
        return self._root() + ("" if self._nullable else " NOT NULL")

    def not_null(self) -> DataType:
        """The same type without NULL."""
        return self._with(False)

    def nullable(self) -> DataType:
        """The same type with NULL."""
        return self._with(True)

    def _with(self, nullable: bool) -> DataType:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._nullable = nullable
        return copy

    def bridged_to(self, conversion_cls: str) -> DataType:
        """Accepted for PyFlink's sake: values are Python's."""
        self._conversion_cls = conversion_cls
        return self

    @classmethod
    def type_name(cls) -> str:
        """The name of the kind: "INT"."""
        return cls.__name__[:-4].upper()

    def need_conversion(self) -> bool:
        """Whether values differ between Python and SQL; the engine converts all."""
        return False

    def to_sql_type(self, obj: Any) -> Any:
        """The value as it is."""
        return obj

    def from_sql_type(self, obj: Any) -> Any:
        """The value as it is."""
        return obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataType) and self.sql() == other.sql()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.sql())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._nullable).lower()})"

    def __str__(self) -> str:
        return self.type_name()


class _Named(DataType):
    NAME = ""

    def _root(self) -> str:
        return self.NAME
