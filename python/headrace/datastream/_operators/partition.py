"""Operators that see a whole partition of bounded input: sort, map, reduce, aggregate, combine.

They give their results at the last watermark and before it goes on, so that what follows, windows
included, does not find them late; end_input takes what comes after that watermark.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from headrace.datastream._operators.adapter import Adapter, method, open_function
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.ordering import sort_key
from headrace.datastream._window_functions import WindowFunction
from headrace.datastream.functions import AggregateFunction
from headrace.datastream.window.window import MAX_LONG_VALUE, GlobalWindow

Whole = Callable[[Iterable[Any]], Iterable[Any]]


class MapPartition(Adapter):
    """map_partition(values)."""

    def __call__(self, values: Iterable[Any]) -> Iterable[Any]:
        """What the function gives."""
        results: Iterable[Any] | None = method(self._function, "map_partition")(values)
        return results or ()


class ReducePartition(Adapter):
    """One element that a reduce function makes of all."""

    def __call__(self, values: Iterable[Any]) -> Iterable[Any]:
        """One element, none of an empty partition."""
        reduce = method(self._function, "reduce")
        rest = iter(values)
        for result in rest:
            for value in rest:
                result = reduce(result, value)
            return (result,)
        return ()


class AggregatePartition(Adapter):
    """One result of an aggregate function."""

    def __call__(self, values: Iterable[Any]) -> Iterable[Any]:
        """One result, of an empty partition too."""
        function: AggregateFunction = self._function
        accumulator = function.create_accumulator()
        for value in values:
            accumulator = function.add(value, accumulator)
        return (function.get_result(accumulator),)


class SortPartition(Adapter):
    """All elements in the order of a key, which reads an element; ties keep their order."""

    def __init__(self, function: Any, descending: bool) -> None:
        super().__init__(function)
        self._descending = descending

    def __call__(self, values: Iterable[Any]) -> Iterable[Any]:
        """The elements in order."""
        key = method(self._function, "get_key")
        rows = [(sort_key(key(value)), value) for value in values]
        rows.sort(key=operator.itemgetter(0), reverse=self._descending)
        return (value for _, value in rows)


class _AtTheEnd:
    """Calls end_input at the last watermark too."""

    def on_watermark(self, watermark: int, ctx: OperatorContext) -> Iterable[Any] | None:
        """Results at the end of event time."""
        return self._results(ctx) if watermark == MAX_LONG_VALUE else None

    def end_input(self, port: int, ctx: OperatorContext) -> Iterable[Any] | None:
        """Results of what came behind the last watermark."""
        return self._results(ctx)

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        raise NotImplementedError


class FullPartition(_AtTheEnd, Adapter):
    """Keeps a subtask's elements and hands them to one of the above at the end of the input."""

    def __init__(self, whole: Any) -> None:
        super().__init__(whole)
        self._rows: list[Any] = []
        self._done = False

    def open(self, runtime_context: Any) -> None:
        """Opens the function."""
        self._function.open(runtime_context)

    def close(self) -> None:
        """Closes the function."""
        self._function.close()

    def process_element(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps the element."""
        self._rows.append(value)

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        if not self._rows and self._done:
            return None
        self._done = True
        rows, self._rows = self._rows, []
        ctx.set_timestamp(MAX_LONG_VALUE)
        results: Iterable[Any] = self._function(_drained(rows))
        return results

    def snapshot_state(self) -> list[Any]:
        """The elements so far."""
        return list(self._rows)

    def restore_state(self, state: list[Any]) -> None:
        """Takes the elements back."""
        self._rows.extend(state)


class FullKey(WindowFunction[Any, Any, Any, GlobalWindow]):
    """The same for each key of a keyed stream, as the function of an end-of-stream window."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def open(self, runtime_context: Any) -> None:
        """Opens the function."""
        self._whole.open(runtime_context)

    def close(self) -> None:
        """Closes the function."""
        self._whole.close()

    def apply(self, key: Any, window: GlobalWindow, inputs: Iterable[Any]) -> Iterable[Any]:
        """The key's results."""
        results: Iterable[Any] = self._whole(inputs)
        return results


class GroupCombine(_AtTheEnd, Adapter):
    """Reduces elements of a key before they travel, as long as the keys fit a limit."""

    def __init__(self, reduce: Any, key: Any, limit: int) -> None:
        super().__init__(reduce)
        self._key = key
        self._limit = limit
        self._groups: dict[Any, Any] = {}

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Reduces into the key's element; a full table is emitted and begun anew."""
        key = method(self._key, "get_key")(value)
        groups = self._groups
        if key in groups:
            groups[key] = method(self._function, "reduce")(groups[key], value)
            return None
        if len(groups) >= self._limit:
            self._groups = {key: value}
            return list(groups.values())
        groups[key] = value
        return None

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        groups, self._groups = self._groups, {}
        return list(groups.values())

    def snapshot_state(self) -> list[Any]:
        """The groups so far."""
        return list(self._groups.items())

    def restore_state(self, state: list[Any]) -> None:
        """Takes groups back, of several subtasks where the parallelism was higher."""
        reduce = method(self._function, "reduce")
        for key, value in state:
            held = self._groups
            held[key] = reduce(held[key], value) if key in held else value


class RangeSplit(_AtTheEnd, Adapter):
    """Says of each element which of n ranges of the key it lies in: (range, element)."""

    def __init__(self, key: Any, ranges: int) -> None:
        super().__init__(key)
        self._ranges = ranges
        self._rows: list[Any] = []

    def process_element(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps the element."""
        self._rows.append(value)

    def _results(self, ctx: OperatorContext) -> Iterator[Any]:
        """The elements with their ranges, equal keys in one range."""
        rows, self._rows = self._rows, []
        key = method(self._function, "get_key")
        keyed = sorted(((sort_key(key(row)), row) for row in rows), key=lambda pair: pair[0])
        share = max(1.0, len(keyed) / self._ranges)
        current, last = 0, None
        for i, (at, row) in enumerate(keyed):
            if at != last:
                current, last = max(current, min(int(i / share), self._ranges - 1)), at
            yield current, row

    def snapshot_state(self) -> list[Any]:
        """The elements so far."""
        return list(self._rows)

    def restore_state(self, state: list[Any]) -> None:
        """Takes the elements back."""
        self._rows.extend(state)


class Cross(_AtTheEnd):
    """The Cartesian product: the second input is kept, the first streams past it at the end."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._rows: tuple[list[Any], list[Any]] = ([], [])
        self._ended = 0

    def open(self, runtime_context: Any) -> None:
        """Opens the function."""
        open_function(self._function, runtime_context)

    def process_element1(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps an element of the first input."""
        self._rows[0].append(value)

    def process_element2(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps an element of the second input."""
        self._rows[1].append(value)

    def end_input(self, port: int, ctx: OperatorContext) -> Iterable[Any] | None:
        """The pairs, once both inputs have ended."""
        self._ended += 1
        return self._results(ctx) if self._ended == 2 else None

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        rows, self._rows = self._rows, ([], [])
        return (self._function(left, right) for left in rows[0] for right in rows[1])

    def snapshot_state(self) -> list[Any]:
        """The elements so far."""
        return [(side, row) for side in (0, 1) for row in self._rows[side]]

    def restore_state(self, state: list[Any]) -> None:
        """Takes the elements back."""
        for side, row in state:
            self._rows[side].append(row)


def _drained(rows: list[Any]) -> Iterator[Any]:
    """The rows in order, each let go once it has been handed out."""
    rows.reverse()
    while rows:
        yield rows.pop()
