"""Rows and their change kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

__all__ = ["Row", "RowKind"]


class RowKind(Enum):
    """What a row says in a changelog: an insertion, one half of an update, or a deletion.

    >>> [str(kind) for kind in RowKind]
    ['+I', '-U', '+U', '-D']
    """

    INSERT = 0
    UPDATE_BEFORE = 1
    UPDATE_AFTER = 2
    DELETE = 3

    def __str__(self) -> str:
        return _SIGNS[self.value]


_SIGNS = ("+I", "-U", "+U", "-D")


class Row:
    """A record of fields read by position or, where it has names, by name.

    >>> row = Row(name="Alice", age=11)
    >>> row.name, row["age"], row[1]
    ('Alice', 11, 11)
    >>> Person = Row("name", "age")
    >>> Person("Bob", 12)
    Row(name='Bob', age=12)
    >>> Row(1, "x")
    <Row(1, 'x')>
    """

    __slots__ = ("_fields", "_row_kind", "_values")

    _values: list[Any]
    _fields: list[str] | None
    _row_kind: RowKind

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("a Row takes positional values or named ones, not both")
        if kwargs:
            self._fields = list(kwargs)
            self._values = list(kwargs.values())
        else:
            self._fields = None
            self._values = list(args)
        self._row_kind = RowKind.INSERT

    @staticmethod
    def of_kind(row_kind: RowKind, *args: Any, **kwargs: Any) -> Row:
        """A Row of the given change kind.

        >>> Row.of_kind(RowKind.DELETE, 1).get_row_kind()
        <RowKind.DELETE: 3>
        """
        row = Row(*args, **kwargs)
        row.set_row_kind(row_kind)
        return row

    def as_dict(self, recursive: bool = False) -> dict[str, Any]:
        """The fields by name; with recursive=True nested rows become dicts too.

        >>> Row(a=1, b=Row(c=2)).as_dict(recursive=True)
        {'a': 1, 'b': {'c': 2}}
        """
        if self._fields is None:
            raise TypeError("this Row has no field names: call set_field_names() before as_dict()")
        values = [_plain(v) for v in self._values] if recursive else self._values
        return dict(zip(self._fields, values, strict=True))

    def get_row_kind(self) -> RowKind:
        """The change kind, INSERT unless set."""
        return self._row_kind

    def set_row_kind(self, row_kind: RowKind) -> None:
        """Changes the kind of this row."""
        if not isinstance(row_kind, RowKind):
            raise TypeError(f"row_kind must be a RowKind, not {type(row_kind).__name__}")
        self._row_kind = row_kind

    def set_field_names(self, field_names: Sequence[str]) -> None:
        """Names the fields in order."""
        names = list(field_names)
        if len(names) != len(self._values):
            raise ValueError(f"{len(names)} names for a Row of {len(self._values)} fields")
        self._fields = names

    def get_fields_by_names(self, names: Sequence[str]) -> list[Any]:
        """The values of the named fields in the order asked for."""
        return [self[name] for name in names]

    def _index(self, name: str) -> int:
        if self._fields is None:
            raise ValueError(f"this Row has no field names, so no field {name!r}")
        try:
            return self._fields.index(name)
        except ValueError:
            raise ValueError(f"no field {name!r} in {', '.join(self._fields)}") from None

    def __contains__(self, item: Any) -> bool:
        return item in (self._values if self._fields is None else self._fields)

    def __call__(self, *args: Any) -> Row:
        """Makes a named Row, this Row's values being the names."""
        if len(args) > len(self._values):
            raise ValueError(f"{len(args)} values for the fields {self._values}")
        row = Row(*args)
        row._fields = [str(name) for name in self._values[: len(args)]]
        return row

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, (int, slice)):
            return self._values[item]
        return self._values[self._index(item)]

    def __setitem__(self, key: int | str, value: Any) -> None:
        self._values[key if isinstance(key, int) else self._index(key)] = value

    def __getattr__(self, item: str) -> Any:
        if item.startswith("_") or self._fields is None or item not in self._fields:
            raise AttributeError(f"a Row has no attribute or field {item!r}")
        return self._values[self._fields.index(item)]

    def __setattr__(self, key: str, value: Any) -> None:
        if key in Row.__slots__:
            object.__setattr__(self, key, value)
        elif self._fields is not None and key in self._fields:
            self._values[self._fields.index(key)] = value
        else:
            raise AttributeError(f"a Row has no field {key!r} to set")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._fields, self._values, self._row_kind.value)

    def __repr__(self) -> str:
        if self._fields is None:
            return f"<Row({', '.join(map(repr, self._values))})>"
        pairs = zip(self._fields, self._values, strict=True)
        return f"Row({', '.join(f'{name}={value!r}' for name, value in pairs)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row) or self._row_kind is not other._row_kind:
            return False
        if self._fields is None or other._fields is None:
            return self._fields is other._fields and self._values == other._values
        if sorted(self._fields) != sorted(other._fields):
            return False
        return all(self[name] == other[name] for name in self._fields)

    def __hash__(self) -> int:
        return hash(tuple(self._values))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _restore(fields: list[str] | None, values: list[Any], kind: int) -> Row:
    row = Row()
    row._fields = fields
    row._values = values
    row._row_kind = RowKind(kind)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        return value.as_dict(recursive=True)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value
