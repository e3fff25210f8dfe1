"""Keyed state in a dict, for tests: what is stored is a copy, as after a trip through a store."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable
from typing import Any

from headrace.datastream.state import (
    AggregatingState,
    BroadcastState,
    ListState,
    MapState,
    ReducingState,
    StateDescriptor,
    ValueState,
)


class Store:
    """All state of one operator: (key, namespace, name) to a value, keys told apart by type."""

    def __init__(self) -> None:
        self.values: dict[tuple[bytes, bytes, str], Any] = {}
        self.key: bytes | None = None

    def place(self, namespace: Any, name: str) -> tuple[bytes, bytes, str]:
        """Where a state of the current key is."""
        if self.key is None:
            raise RuntimeError(
                f"state {name!r} is keyed state: it can be used on a keyed stream only, and not "
                "in open() or close()"
            )
        return self.key, pickle.dumps(namespace), name


class _Cell:
    """One state, of whatever key is current."""

    def __init__(self, store: Store, descriptor: StateDescriptor) -> None:
        self._store = store
        self._descriptor = descriptor
        self._namespace: Any = None

    def set_current_namespace(self, namespace: Any) -> None:
        """Says which window's state is meant."""
        self._namespace = namespace

    def _get(self) -> Any:
        place = self._store.place(self._namespace, self._descriptor.name)
        return self._store.values.get(place)

    def _set(self, value: Any) -> None:
        place = self._store.place(self._namespace, self._descriptor.name)
        self._store.values[place] = copy.deepcopy(value)

    def clear(self) -> None:
        """Forgets the value."""
        place = self._store.place(self._namespace, self._descriptor.name)
        self._store.values.pop(place, None)


class MemoryValueState(_Cell, ValueState[Any]):
    """One value."""

    def value(self) -> Any:
        """The value."""
        return self._get()

    def update(self, value: Any) -> None:
        """Sets the value."""
        self.clear() if value is None else self._set(value)


class MemoryListState(_Cell, ListState[Any]):
    """A list."""

    def get(self) -> Iterable[Any]:
        """The elements."""
        return list(self._get() or ())

    def add(self, value: Any) -> None:
        """Adds an element."""
        self._set([*self.get(), value])

    def add_all(self, values: list[Any]) -> None:
        """Adds several elements."""
        self._set([*self.get(), *values])

    def update(self, values: list[Any]) -> None:
        """Replaces the elements."""
        self._set(list(values)) if values else self.clear()


class MemoryReducingState(_Cell, ReducingState[Any]):
    """What a reduce function keeps."""

    def get(self) -> Any:
        """The value."""
        return self._get()

    def add(self, value: Any) -> None:
        """Reduces."""
        held = self._get()
        reduce = self._descriptor.get_reduce_function()  # type: ignore[attr-defined]
        self._set(value if held is None else reduce.reduce(held, value))


class MemoryAggregatingState(_Cell, AggregatingState[Any, Any]):
    """What an aggregate function keeps."""

    def get(self) -> Any:
        """The result."""
        held = self._get()
        function = self._descriptor.get_agg_function()  # type: ignore[attr-defined]
        return None if held is None else function.get_result(held[0])

    def add(self, value: Any) -> None:
        """Folds."""
        held = self._get()
        function = self._descriptor.get_agg_function()  # type: ignore[attr-defined]
        accumulator = function.create_accumulator() if held is None else held[0]
        self._set((function.add(value, accumulator),))


class MemoryMapState(_Cell, MapState[Any, Any]):
    """A dict."""

    def _map(self) -> dict[Any, Any]:
        return dict(self._get() or {})

    def get(self, key: Any) -> Any:
        """The value, None where there is none."""
        return self._map().get(key)

    def put(self, key: Any, value: Any) -> None:
        """Sets a value."""
        self._set({**self._map(), key: value})

    def put_all(self, dict_value: dict[Any, Any]) -> None:
        """Sets several values."""
        self._set({**self._map(), **dict_value})

    def remove(self, key: Any) -> None:
        """Removes a value."""
        values = self._map()
        values.pop(key, None)
        self._set(values) if values else self.clear()

    def contains(self, key: Any) -> bool:
        """Whether there is a value."""
        return key in self._map()

    def items(self) -> Iterable[tuple[Any, Any]]:
        """The pairs."""
        return self._map().items()

    def keys(self) -> Iterable[Any]:
        """The keys."""
        return self._map().keys()

    def values(self) -> Iterable[Any]:
        """The values."""
        return self._map().values()

    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._map()


class MemoryBroadcastState(MemoryMapState, BroadcastState[Any, Any]):
    """A dict without a key."""

    def _get(self) -> Any:
        return self._store.values.get((b"", b"", self._descriptor.name))

    def _set(self, value: Any) -> None:
        self._store.values[b"", b"", self._descriptor.name] = copy.deepcopy(value)

    def clear(self) -> None:
        """Forgets the pairs."""
        self._store.values.pop((b"", b"", self._descriptor.name), None)


class ReadOnlyBroadcastState:
    """The same as the side that is not broadcast sees it."""

    def __init__(self, state: MemoryBroadcastState) -> None:
        self._state = state

    def __getattr__(self, name: str) -> Any:
        if name in ("get", "contains", "items", "keys", "values", "is_empty"):
            return getattr(self._state, name)
        raise AttributeError(
            f"{name}: broadcast state is written in process_broadcast_element() only"
        )

    def __contains__(self, key: Any) -> bool:
        return self._state.contains(key)

    def __getitem__(self, key: Any) -> Any:
        return self._state.get(key)


_KINDS: dict[str, type[_Cell]] = {
    "ValueState": MemoryValueState,
    "ListState": MemoryListState,
    "MapState": MemoryMapState,
    "ReducingState": MemoryReducingState,
    "AggregatingState": MemoryAggregatingState,
}


def state_of(store: Store, descriptor: StateDescriptor) -> Any:
    """The state of the kind that the descriptor's class names."""
    return _KINDS[type(descriptor).__name__.removesuffix("Descriptor")](store, descriptor)
