"""Lists and maps inside accumulators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["DataView", "ListView", "MapView"]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


class DataView(ABC):
    """A collection that an accumulator holds."""

    @abstractmethod
    def clear(self) -> None:
        """Takes all elements out."""


class ListView(DataView, Generic[T]):
    """A list.

    >>> view = ListView()
    >>> view.add_all([1, 2])
    >>> list(view)
    [1, 2]
    """

    def __init__(self) -> None:
        self._list: list[T] = []

    def get(self) -> Iterable[T]:
        """The elements."""
        return self._list

    def add(self, value: T) -> None:
        """Appends an element."""
        self._list.append(value)

    def add_all(self, values: Iterable[T]) -> None:
        """Appends elements."""
        self._list.extend(values)

    def clear(self) -> None:
        """Takes all elements out."""
        self._list.clear()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ListView) and self._list == other._list

    def __hash__(self) -> int:
        return hash(tuple(self._list))

    def __iter__(self) -> Iterator[T]:
        return iter(self._list)


class MapView(DataView, Generic[K, V]):
    """A map.

    >>> view = MapView()
    >>> view["a"] = 1
    >>> view.get("a"), view.get("b"), "a" in view
    (1, None, True)
    """

    def __init__(self) -> None:
        self._dict: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value of a key, None where there is none."""
        return self._dict.get(key)

    def put(self, key: K, value: V) -> None:
        """Sets a value."""
        self._dict[key] = value

    def put_all(self, dict_value: dict[K, V]) -> None:
        """Sets values."""
        self._dict.update(dict_value)

    def remove(self, key: K) -> None:
        """Takes a key out, if it is there."""
        self._dict.pop(key, None)

    def contains(self, key: K) -> bool:
        """Whether a key is there."""
        return key in self._dict

    def items(self) -> Iterable[tuple[K, V]]:
        """Keys with values."""
        return self._dict.items()

    def keys(self) -> Iterable[K]:
        """Keys."""
        return self._dict.keys()

    def values(self) -> Iterable[V]:
        """Values."""
        return self._dict.values()

    def is_empty(self) -> bool:
        """Whether there is no key."""
        return not self._dict

    def clear(self) -> None:
        """Takes all keys out."""
        self._dict.clear()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MapView) and self._dict == other._dict

    def __hash__(self) -> int:
        return hash(frozenset(self._dict))

    def __getitem__(self, key: K) -> V | None:
        return self.get(key)

    def __setitem__(self, key: K, value: V) -> None:
        self.put(key, value)

    def __delitem__(self, key: K) -> None:
        self.remove(key)

    def __contains__(self, key: K) -> bool:
        return self.contains(key)

    def __iter__(self) -> Iterator[K]:
        return iter(self._dict)
