"""Functions of arrays, maps and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table._expr.base import Base, given

if TYPE_CHECKING:
    from headrace.table.expression import Expression


class Collections(Base):
    """Arrays, whose positions count from 1, maps and rows."""

    def get(self, name_or_index: Any) -> Expression:
        """A field of a row, by name or position."""
        return self._call("get", name_or_index)

    @property
    def flatten(self) -> Expression:
        """In select: all fields of a row as columns."""
        return self._call("flatten")

    def at(self, index: Any) -> Expression:
        """An element of an array by position, of a map by key."""
        return self._call("at", index)

    @property
    def cardinality(self) -> Expression:
        """The number of elements."""
        return self._call("cardinality")

    @property
    def element(self) -> Expression:
        """The only element of an array."""
        return self._call("element")

    def array_append(self, addition: Any) -> Expression:
        """The array with an element behind it."""
        return self._call("arrayAppend", addition)

    def array_contains(self, needle: Any) -> Expression:
        """Whether the array has an element."""
        return self._call("arrayContains", needle)

    def array_distinct(self) -> Expression:
        """The array with each element once."""
        return self._call("arrayDistinct")

    def array_position(self, needle: Any) -> Expression:
        """Where an element is, 0 for nowhere."""
        return self._call("arrayPosition", needle)

    def array_prepend(self, addition: Any) -> Expression:
        """The array with an element in front."""
        return self._call("arrayPrepend", addition)

    def array_remove(self, needle: Any) -> Expression:
        """The array without an element."""
        return self._call("arrayRemove", needle)

    def array_reverse(self) -> Expression:
        """The array backwards."""
        return self._call("arrayReverse")

    def array_slice(self, start_offset: Any, end_offset: Any = None) -> Expression:
        """The elements from one position to another."""
        return self._call("arraySlice", start_offset, *given(end_offset))

    def array_sort(self, ascending_order: Any = None, null_first: Any = None) -> Expression:
        """The array sorted."""
        return self._call("arraySort", *given(ascending_order, null_first))

    def array_union(self, array: Any) -> Expression:
        """The elements of both, each once."""
        return self._call("arrayUnion", array)

    def array_concat(self, *arrays: Any) -> Expression:
        """The arrays one after the other."""
        return self._call("arrayConcat", *arrays)

    def array_max(self) -> Expression:
        """The greatest element."""
        return self._call("arrayMax")

    def array_join(self, delimiter: Any, null_replacement: Any = None) -> Expression:
        """The elements as one text."""
        return self._call("arrayJoin", delimiter, *given(null_replacement))

    def array_min(self) -> Expression:
        """The least element."""
        return self._call("arrayMin")

    def array_except(self, array: Any) -> Expression:
        """The elements that another array does not have."""
        return self._call("arrayExcept", array)

    def array_intersect(self, array: Any) -> Expression:
        """The elements that both have."""
        return self._call("arrayIntersect", array)

    @property
    def map_keys(self) -> Expression:
        """The keys, as an array."""
        return self._call("mapKeys")

    def map_union(self, *maps: Any) -> Expression:
        """The entries of all, later ones winning."""
        return self._call("mapUnion", *maps)

    @property
    def map_values(self) -> Expression:
        """The values, as an array."""
        return self._call("mapValues")

    @property
    def map_entries(self) -> Expression:
        """The entries, as an array of rows."""
        return self._call("mapEntries")

    def object_update(self, *kv: Any) -> Expression:
        """A structured value with fields changed: name, value, …."""
        return self._call("objectUpdate", *kv)
