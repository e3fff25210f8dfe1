"""Keyed states as user code sees them: views over a Cell, which is in C.

A value state without time-to-live is the Cell itself. Objects that state keeps are isolated on the
way in; handing out one that can be changed in place marks the key as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from headrace._runtime.native import Cell, immutable, isolate

__all__ = ["CellLike", "Clock", "LateCell", "Ttl", "make", "time_to_live"]

Clock = Callable[[], int]


class CellLike(Protocol):
    """What a state needs of a Cell."""

    def peek(self) -> Any: ...
    def put(self, value: Any, /) -> None: ...
    def clear(self) -> None: ...
    def touch(self) -> None: ...
    def set_current_namespace(self, namespace: Any, /) -> None: ...


class LateCell:
    """One name in a dict that is the value of a Cell: a state asked for after open()."""

    def __init__(self, cell: Cell, name: str) -> None:
        self._cell = cell
        self._name = name
        self._namespace: Any = None

    def set_current_namespace(self, namespace: Any) -> None:
        self._namespace = namespace

    def peek(self) -> Any:
        values = self._cell.peek()
        return None if values is None else values.get((self._name, self._namespace))

    def put(self, value: Any) -> None:
        values = self._cell.peek()
        if values is None:
            self._cell.put({(self._name, self._namespace): value})
        else:
            values[self._name, self._namespace] = value
            self._cell.touch()

    def clear(self) -> None:
        values = self._cell.peek()
        if values is None or values.pop((self._name, self._namespace), None) is None:
            return
        if values:
            self._cell.touch()
        else:
            self._cell.clear()

    def touch(self) -> None:
        self._cell.touch()

    def value(self) -> Any:
        value = self.peek()
        if value is not None and not immutable(value):
            self.touch()
        return value

    def update(self, value: Any) -> None:
        if value is None:
            self.clear()
        elif value is self.peek():
            self.touch()
        else:
            self.put(isolate(value))


class Ttl:
    """When a value written or read at some time is over; times in ms."""

    def __init__(self, config: Any, clock: Clock) -> None:
        self.ms: int = config.get_ttl().to_milliseconds()
        self.clock = clock
        self.on_read = "read" in config.get_update_type().name.lower()
        self.returns_expired = "if" in config.get_state_visibility().name.lower()

    def over(self, stamp: int) -> bool:
        return stamp + self.ms <= self.clock()


class _State:
    def __init__(self, cell: CellLike) -> None:
        self._cell = cell

    def set_current_namespace(self, namespace: Any) -> None:
        self._cell.set_current_namespace(namespace)

    def clear(self) -> None:
        self._cell.clear()


class _TtlCell:
    """A Cell whose values carry a time: for all kinds but maps and lists, whose entries do."""

    def __init__(self, cell: CellLike, ttl: Ttl) -> None:
        self._cell = cell
        self._ttl = ttl

    def set_current_namespace(self, namespace: Any) -> None:
        self._cell.set_current_namespace(namespace)

    def clear(self) -> None:
        self._cell.clear()

    def touch(self) -> None:
        self._cell.touch()

    def put(self, value: Any) -> None:
        self._cell.put((value, self._ttl.clock()))

    def peek(self) -> Any:
        pair = self._cell.peek()
        if pair is None:
            return None
        value, stamp = pair
        if self._ttl.over(stamp):
            self._cell.clear()
            return value if self._ttl.returns_expired else None
        if self._ttl.on_read:
            self.put(value)
        return value


class ValueState(_State):
    """One value a key."""

    def value(self) -> Any:
        value = self._cell.peek()
        if value is not None and not immutable(value):
            self._cell.touch()
        return value

    def update(self, value: Any) -> None:
        if value is None:
            self._cell.clear()
        else:
            self._cell.put(isolate(value))


class ListState(_State):
    """A list a key."""

    def get(self) -> Iterable[Any]:
        values = self._cell.peek()
        if values is None:
            return []
        if not all(map(immutable, values)):
            self._cell.touch()
        return list(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.get())

    def add(self, value: Any) -> None:
        self.add_all((value,))

    def add_all(self, values: Iterable[Any]) -> None:
        added = [isolate(v) for v in values]
        kept = self._cell.peek()
        if kept is not None:
            kept.extend(added)
            self._cell.touch()
        elif added:
            self._cell.put(added)

    def update(self, values: Iterable[Any]) -> None:
        made = [isolate(v) for v in values or ()]
        if made:
            self._cell.put(made)
        else:
            self._cell.clear()


class _TtlListState(ListState):
    def __init__(self, cell: CellLike, ttl: Ttl) -> None:
        super().__init__(cell)
        self._ttl = ttl

    def get(self) -> Iterable[Any]:
        pairs = self._cell.peek()
        if pairs is None:
            return []
        alive = [pair for pair in pairs if not self._ttl.over(pair[1])]
        seen = pairs if self._ttl.returns_expired else alive
        if self._ttl.on_read:
            now = self._ttl.clock()
            alive = [(value, now) for value, _ in alive]
        if alive:
            self._cell.put(alive)
        else:
            self._cell.clear()
        return [value for value, _ in seen]

    def add_all(self, values: Iterable[Any]) -> None:
        now = self._ttl.clock()
        super().add_all([(v, now) for v in values])

    def update(self, values: Iterable[Any]) -> None:
        now = self._ttl.clock()
        super().update([(v, now) for v in values or ()])


class MapState(_State):
    """A dict a key."""

    def _read(self) -> dict[Any, Any]:
        values: dict[Any, Any] | None = self._cell.peek()
        return {} if values is None else values

    def _seen(self, value: Any) -> Any:
        if not immutable(value):
            self._cell.touch()
        return value

    def get(self, key: Any) -> Any:
        return self._seen(self._read().get(key))

    def put(self, key: Any, value: Any) -> None:
        self.put_all({key: value})

    def put_all(self, dict_value: Any) -> None:
        added = {isolate(k): isolate(v) for k, v in dict(dict_value).items()}
        kept = self._cell.peek()
        if kept is not None:
            kept.update(added)
            self._cell.touch()
        elif added:
            self._cell.put(added)

    def remove(self, key: Any) -> None:
        kept = self._cell.peek()
        if kept is None or key not in kept:
            return
        del kept[key]
        if kept:
            self._cell.touch()
        else:
            self._cell.clear()

    def contains(self, key: Any) -> bool:
        return key in self._read()

    def items(self) -> Iterable[tuple[Any, Any]]:
        return [(key, self._seen(value)) for key, value in self._read().items()]

    def keys(self) -> Iterable[Any]:
        return list(self._read())

    def values(self) -> Iterable[Any]:
        return [self._seen(value) for value in self._read().values()]

    def is_empty(self) -> bool:
        return not self._read()

    def __getitem__(self, key: Any) -> Any:
        return self.get(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.put(key, value)

    def __delitem__(self, key: Any) -> None:
        self.remove(key)

    def __contains__(self, key: Any) -> bool:
        return self.contains(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())


class _TtlMapState(MapState):
    def __init__(self, cell: CellLike, ttl: Ttl) -> None:
        super().__init__(cell)
        self._ttl = ttl

    def _read(self) -> dict[Any, Any]:
        pairs = self._cell.peek()
        if pairs is None:
            return {}
        over = [key for key, pair in pairs.items() if self._ttl.over(pair[1])]
        seen = {key: pair[0] for key, pair in pairs.items()}
        for key in over:
            del pairs[key]
            if not self._ttl.returns_expired:
                del seen[key]
        if not pairs:
            self._cell.clear()
        elif over:
            self._cell.touch()
        return seen

    def get(self, key: Any) -> Any:
        value = super().get(key)
        if value is not None and self._ttl.on_read:
            self.put(key, value)
        return value

    def put_all(self, dict_value: Any) -> None:
        now = self._ttl.clock()
        super().put_all({k: (v, now) for k, v in dict(dict_value).items()})


class ReducingState(_State):
    """One value a key, into which a function folds what is added."""

    def __init__(self, cell: CellLike, function: Callable[[Any, Any], Any]) -> None:
        super().__init__(cell)
        self._function = function

    def get(self) -> Any:
        value = self._cell.peek()
        if value is not None and not immutable(value):
            self._cell.touch()
        return value

    def add(self, value: Any) -> None:
        kept = self._cell.peek()
        if kept is not None:
            value = self._function(kept, value)
        if value is kept:
            self._cell.touch()
        self._cell.put(isolate(value) if value is not kept else value)


class AggregatingState(_State):
    """An accumulator a key, of an AggregateFunction."""

    def __init__(self, cell: CellLike, function: Any) -> None:
        super().__init__(cell)
        self._function = function

    def get(self) -> Any:
        accumulator = self._cell.peek()
        if accumulator is None:
            return None
        self._cell.touch()
        return self._function.get_result(accumulator)

    def add(self, value: Any) -> None:
        accumulator = self._cell.peek()
        if accumulator is None:
            accumulator = self._function.create_accumulator()
        made = self._function.add(value, accumulator)
        self._cell.put(made if made is accumulator else isolate(made))


def _callable(function: Any, name: str) -> Callable[[Any, Any], Any]:
    found = getattr(function, name, None)
    return function if found is None else found  # type: ignore[no-any-return]


def time_to_live(descriptor: Any, clock: Clock) -> Ttl | None:
    """When values of the state are over; None for never."""
    config = getattr(descriptor, "_ttl_config", None)
    if config is None or "disabled" in config.get_update_type().name.lower():
        return None
    return Ttl(config, clock)


def make(descriptor: Any, cell: Cell | LateCell, clock: Clock) -> Any:
    """The state that the descriptor describes, over the cell."""
    kind = type(descriptor).__name__
    ttl = time_to_live(descriptor, clock)
    timed: CellLike = cell if ttl is None else _TtlCell(cell, ttl)
    if kind.startswith("Value"):
        return cell if ttl is None else ValueState(timed)
    if kind.startswith("List"):
        return ListState(cell) if ttl is None else _TtlListState(cell, ttl)
    if kind.startswith("Map"):
        return MapState(cell) if ttl is None else _TtlMapState(cell, ttl)
    if kind.startswith("Reducing"):
        return ReducingState(timed, _callable(descriptor.get_reduce_function(), "reduce"))
    if kind.startswith("Aggregating"):
        return AggregatingState(timed, descriptor.get_agg_function())
    raise TypeError(f"{kind} describes no keyed state")
