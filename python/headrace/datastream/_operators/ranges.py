"""Range partitioning: each subtask samples its keys, one makes ranges of all samples, and each
subtask then says of its elements in which range they lie."""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterable, Iterator
from typing import Any

from headrace.datastream._operators.adapter import Adapter, method
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.ordering import sort_key
from headrace.datastream._operators.partition import AtBothEnds, AtTheEnd
from headrace.datastream._operators.spill import Memory, Rows

SAMPLES_PER_RANGE = 2_000
_HEAVY = 0.2  # a key with more than this part of a range's share is spread
_ROUND = 0.1  # of a range: a key that nearly fills one up ends it
_GOLDEN = 0.6180339887498949


class RangeSample(AtTheEnd, Adapter):
    """A reservoir sample of a subtask's keys: one list (elements seen, keys in their order)."""

    def __init__(self, key: Any, size: int) -> None:
        super().__init__(key)
        self._size = size
        self._seen = 0
        self._keys: list[Any] = []
        self._random = random.Random(0)
        self._restored: list[tuple[int, list[Any]]] = []

    def open(self, runtime_context: Any) -> None:
        """Opens the key selector."""
        super().open(runtime_context)
        self._get_key = method(self._function, "get_key")

    def process_element(self, value: Any, ctx: OperatorContext) -> None:
        """Looks at the element's key."""
        self._seen += 1
        if len(self._keys) < self._size:
            self._keys.append(sort_key(self._get_key(value)))
            return
        at = self._random.randrange(self._seen)
        if at < self._size:
            self._keys[at] = sort_key(self._get_key(value))

    def _results(self, ctx: OperatorContext) -> Iterable[Any]:
        seen, keys = self._seen, self._keys
        self._seen, self._keys = 0, []
        parts = [*self._restored, (seen, keys)]
        self._restored = []
        return [part for part in parts if part[0]]

    def snapshot_state(self) -> list[Any]:
        """The sample so far."""
        return [*self._restored, (self._seen, self._keys)]

    def restore_state(self, state: list[Any]) -> None:
        """Takes it back: what was seen before stays a sample of its own."""
        self._restored.extend(state)


class RangeBounds(AtTheEnd):
    """One Ranges of all samples."""

    def __init__(self, ranges: int) -> None:
        self._ranges = ranges
        self._samples: list[tuple[int, list[Any]]] = []

    def process_element(self, value: tuple[int, list[Any]], ctx: OperatorContext) -> None:
        """Keeps a sample."""
        self._samples.append(value)

    def _results(self, ctx: OperatorContext) -> Iterable[Any]:
        samples, self._samples = self._samples, []
        return [Ranges(samples, self._ranges)] if samples else []

    def snapshot_state(self) -> list[Any]:
        """The samples so far."""
        return list(self._samples)

    def restore_state(self, state: list[Any]) -> None:
        """Takes them back."""
        self._samples.extend(state)


class Ranges:
    """Which of n ranges of about equal size a key lies in.

    Equal keys are in one range, but for those that are more than a fifth of a range: these are
    spread over as many neighbours as their number asks for, which the order allows.

    >>> ranges = Ranges([(100, list(range(100)))], 4)
    >>> [ranges.place(key, 0) for key in (0, 24, 26, 60, 99, 500)]
    [0, 0, 1, 2, 3, 3]
    """

    def __init__(self, samples: list[tuple[int, list[Any]]], n: int) -> None:
        weighted = sorted(
            ((key, seen / len(keys)) for seen, keys in samples for key in keys),
            key=lambda pair: pair[0],
        )
        total = sum(weight for _, weight in weighted)
        self._n = n
        self._heavy: list[tuple[Any, float, float]] = []  # key, and where it begins and ends
        self._bounds: list[Any] = []  # the last key of each range but the last
        self._cut(_by_key(weighted), total / n)

    def _cut(self, keys: list[tuple[Any, float]], share: float) -> None:
        # Bounds and heavy keys are rounded alike, or a key could come before a smaller one.
        at = 0.0
        for key, weight in keys:
            begin, at = at / share + _ROUND, at + weight
            end = at / share + _ROUND
            if end - begin > _HEAVY:
                self._heavy.append((key, begin, end))
            while len(self._bounds) < min(int(end), self._n - 1):
                self._bounds.append(key)

    def place(self, key: Any, turn: int) -> int:
        """The range of a key; turn numbers the elements of heavy keys."""
        i = bisect.bisect_left(self._heavy, key, key=lambda heavy: heavy[0])
        if i < len(self._heavy) and self._heavy[i][0] == key:
            _, begin, end = self._heavy[i]
            return min(int(begin + (end - begin) * (turn * _GOLDEN % 1.0)), self._n - 1)
        return bisect.bisect_left(self._bounds, key)


def _by_key(weighted: list[tuple[Any, float]]) -> list[tuple[Any, float]]:
    """Equal keys made one."""
    keys: list[tuple[Any, float]] = []
    for key, weight in weighted:
        if keys and keys[-1][0] == key:
            keys[-1] = (key, keys[-1][1] + weight)
        else:
            keys.append((key, weight))
    return keys


class RangeSplit(AtBothEnds, Adapter):
    """Says of each element which range it lies in: (range, element).

    Port 0 has the elements, which are kept until the ranges are known; port 1 the ranges.
    """

    def __init__(self, key: Any) -> None:
        super().__init__(key)
        self._ranges: Ranges | None = None
        self._turn = 0
        self._restored: list[Any] = []

    def open(self, runtime_context: Any) -> None:
        """Opens the key selector."""
        super().open(runtime_context)
        self._get_key = method(self._function, "get_key")
        memory = Memory.of(runtime_context)
        self._rows = Rows(memory.limit_bytes, memory.folder)
        restored, self._restored = self._restored, []
        for row in restored:
            self._rows.append(row)

    def close(self) -> None:
        """Closes the key selector and deletes what was spilled."""
        if hasattr(self, "_rows"):
            self._rows.close()
        super().close()

    def process_element1(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps an element."""
        self._rows.append(value)

    def process_element2(self, value: Ranges, ctx: OperatorContext) -> None:
        """Keeps the ranges."""
        self._ranges = value

    def _results(self, ctx: OperatorContext) -> Iterator[Any] | None:
        ranges = self._ranges
        if ranges is None or not len(self._rows):
            return None
        return self._placed(ranges)

    def _placed(self, ranges: Ranges) -> Iterator[Any]:
        for row in self._rows.drain():
            self._turn += 1
            yield ranges.place(sort_key(self._get_key(row)), self._turn), row

    def snapshot_state(self) -> list[Any]:
        """The elements so far."""
        return list(self._rows)

    def restore_state(self, state: list[Any]) -> None:
        """Takes the elements back, once open() has been called."""
        self._restored.extend(state)


class Gather(AtTheEnd):
    """Puts the elements of several subtasks, (subtask, element), in the order of the subtasks."""

    def __init__(self) -> None:
        self._restored: list[Any] = []
        self._parts: dict[int, Rows] = {}

    def open(self, runtime_context: Any) -> None:
        """Takes back what was restored."""
        self._memory = Memory.of(runtime_context)
        restored, self._restored = self._restored, []
        for pair in restored:
            self._add(pair)

    def close(self) -> None:
        """Deletes what was spilled."""
        for rows in self._parts.values():
            rows.close()

    def process_element(self, value: tuple[int, Any], ctx: OperatorContext) -> None:
        """Keeps an element."""
        self._add(value)

    def _add(self, pair: tuple[int, Any]) -> None:
        rows = self._parts.get(pair[0])
        if rows is None:
            limit = self._memory.limit_bytes // 8
            rows = self._parts[pair[0]] = Rows(limit, self._memory.folder)
        rows.append(pair[1])

    def _results(self, ctx: OperatorContext) -> Iterator[Any]:
        parts, self._parts = self._parts, {}
        for part in sorted(parts):
            yield from parts[part].drain()

    def snapshot_state(self) -> list[Any]:
        """The elements so far."""
        return [(part, row) for part, rows in self._parts.items() for row in rows]

    def restore_state(self, state: list[Any]) -> None:
        """Takes them back, once open() has been called."""
        self._restored.extend(state)
