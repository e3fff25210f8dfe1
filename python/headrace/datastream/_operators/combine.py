"""Pre-aggregation in front of an exchange, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.datastream._operators.adapter import Adapter, method
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.partition import AtTheEnd
from headrace.datastream._operators.spill import Memory, isolator, key_encoder, weigher


class GroupCombine(AtTheEnd, Adapter):
    """Reduces elements of a key before they travel, as long as the keys fit both limits."""

    def __init__(self, reduce: Any, key: Any, limit: int) -> None:
        super().__init__(reduce)
        self._key = key
        self._limit = limit
        self._groups: dict[bytes, Any] = {}
        self._size = 0
        self._restored: list[Any] = []

    def open(self, runtime_context: Any) -> None:
        """Opens the function and takes back groups, of several subtasks after a rescale."""
        super().open(runtime_context)
        self._limit_bytes = Memory.of(runtime_context).limit_bytes
        self._weigh, self._isolate, self._encode = weigher(), isolator(), key_encoder()
        self._get_key = method(self._key, "get_key")
        self._reduce = method(self._function, "reduce")
        restored, self._restored = self._restored, []
        for value in restored:
            self._add(self._encode(self._get_key(value)), value)

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Reduces into the key's element; full tables are emitted and begun anew."""
        key = self._encode(self._get_key(value))
        full = len(self._groups) >= self._limit or self._size > self._limit_bytes
        results = self._results(ctx) if full and key not in self._groups else None
        self._add(key, self._isolate(value))
        return results

    def _add(self, key: bytes, value: Any) -> None:
        if key in self._groups:
            self._groups[key] = self._reduce(self._groups[key], value)
        else:
            self._size += self._weigh(value) + 2 * len(key)
            self._groups[key] = value

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        groups, self._groups, self._size = self._groups, {}, 0
        return list(groups.values())

    def snapshot_state(self) -> list[Any]:
        """The groups so far."""
        return list(self._groups.values())

    def restore_state(self, state: list[Any]) -> None:
        """Takes them back, once open() has been called."""
        self._restored.extend(state)
