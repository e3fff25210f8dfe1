"""Operators that see a whole partition of bounded input: map, reduce, aggregate, sort.

They give their results at the last watermark and before it goes on, so that what follows, windows
included, does not find them late; end_input takes what comes after that watermark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from headrace.datastream._operators.adapter import Adapter, close_function, method, open_function
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream._operators.sorting import SortedRows
from headrace.datastream._operators.spill import Memory, Rows, isolator
from headrace.datastream._window_functions import WindowFunction
from headrace.datastream.functions import AggregateFunction
from headrace.datastream.window.window import MAX_LONG_VALUE, GlobalWindow


class Kept(Protocol):
    """What an operator keeps of a partition: its rows, or what has become of them."""

    def append(self, row: Any) -> None:
        """Takes a row."""

    def __iter__(self) -> Iterator[Any]:
        """What a checkpoint has to hold: rows, or what absorb() takes."""
        ...

    def drain(self) -> Iterator[Any]:
        """The results, after which nothing is kept."""
        ...

    def close(self) -> None:
        """Gives memory and disk back."""


class Whole(Adapter):
    """What is done with a partition."""

    def keep(self, memory: Memory) -> Kept:
        """Where a partition's rows go that come one at a time."""
        raise NotImplementedError

    def absorb(self, kept: Kept, element: Any) -> None:
        """Takes back what a checkpoint held."""
        kept.append(element)

    def results(self, kept: Kept) -> Iterable[Any]:
        """What becomes of the rows."""
        return kept.drain()

    def open(self, runtime_context: Any) -> None:
        """Opens the function and reads how much memory there is."""
        super().open(runtime_context)
        self._memory = Memory.of(runtime_context)

    def __call__(self, rows: Iterable[Any]) -> Iterable[Any]:
        """The results of rows that are all there."""
        kept = self.keep(self._memory)
        for row in rows:
            kept.append(row)
        return self.results(kept)


class MapPartition(Whole):
    """map_partition(values)."""

    def keep(self, memory: Memory) -> Rows:
        """All rows."""
        return Rows(memory.limit_bytes, memory.folder)

    def results(self, kept: Kept) -> Iterable[Any]:
        """What the function makes of the rows, which it reads as it goes."""
        return self(kept.drain())

    def __call__(self, rows: Iterable[Any]) -> Iterable[Any]:
        """What the function gives."""
        results: Iterable[Any] | None = method(self._function, "map_partition")(rows)
        return results or ()


class SortPartition(Whole):
    """All elements in the order of a key, which reads an element; ties keep their order."""

    def __init__(self, function: Any, descending: bool) -> None:
        super().__init__(function)
        self._descending = descending

    def keep(self, memory: Memory) -> SortedRows:
        """All rows, in runs."""
        get_key = method(self._function, "get_key")
        return SortedRows(get_key, self._descending, memory.limit_bytes, memory.folder)


class SortThenMap(SortPartition):
    """A function that gets all elements in the order of a key."""

    def __init__(self, key: Any, descending: bool, function: Any) -> None:
        super().__init__(key, descending)
        self._then = function

    def open(self, runtime_context: Any) -> None:
        """Opens both functions."""
        super().open(runtime_context)
        open_function(self._then, runtime_context)

    def close(self) -> None:
        """Closes both functions."""
        close_function(self._then)
        super().close()

    def results(self, kept: Kept) -> Iterable[Any]:
        """What the function makes of the rows."""
        results: Iterable[Any] | None = method(self._then, "map_partition")(kept.drain())
        return results or ()


class _Folded:
    """One value that rows are folded into."""

    def __init__(self, values: list[Any], fold: Callable[[list[Any], Any], None]) -> None:
        self._values, self._fold = values, fold
        self._isolate = isolator()

    def append(self, row: Any) -> None:
        self._fold(self._values, self._isolate(row))

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._values))

    def drain(self) -> Iterator[Any]:
        values, self._values = self._values, []
        return iter(values)

    def close(self) -> None:
        self._values = []


class ReducePartition(Whole):
    """One element that a reduce function makes of all."""

    def keep(self, memory: Memory) -> _Folded:
        """The element so far; none of an empty partition."""
        return _Folded([], self._fold)

    def _fold(self, values: list[Any], row: Any) -> None:
        values[:] = [method(self._function, "reduce")(values[0], row) if values else row]


class AggregatePartition(Whole):
    """One result of an aggregate function, of an empty partition too."""

    _function: AggregateFunction

    def keep(self, memory: Memory) -> _Folded:
        """The accumulator so far."""
        return _Folded([self._function.create_accumulator()], self._fold)

    def _fold(self, values: list[Any], row: Any) -> None:
        values[0] = self._function.add(row, values[0])

    def absorb(self, kept: Kept, element: Any) -> None:
        """Merges an accumulator."""
        assert isinstance(kept, _Folded)
        kept._values[0] = self._function.merge(kept._values[0], element)

    def results(self, kept: Kept) -> Iterable[Any]:
        """The result."""
        return [self._function.get_result(accumulator) for accumulator in kept.drain()]


class AtTheEnd:
    """Gives results at the last watermark, and once more at the end for what came behind it."""

    def on_watermark(self, watermark: int, ctx: OperatorContext) -> Iterable[Any] | None:
        """Results at the end of event time."""
        return self._results(ctx) if watermark == MAX_LONG_VALUE else None

    def end_input(self, port: int, ctx: OperatorContext) -> Iterable[Any] | None:
        """Results of what came behind the last watermark."""
        return self._results(ctx)

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        raise NotImplementedError


class AtBothEnds(AtTheEnd):
    """The same with two inputs: results once both have ended."""

    _ended = 0

    def end_input(self, port: int, ctx: OperatorContext) -> Iterable[Any] | None:
        """Results of what came behind the last watermark."""
        self._ended += 1
        return self._results(ctx) if self._ended == 2 else None


class FullPartition(AtTheEnd):
    """Keeps a subtask's elements for one of the above until the input ends."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._restored: list[Any] = []
        self._some = self._done = False

    def open(self, runtime_context: Any) -> None:
        """Opens the function and takes back what was restored."""
        self._whole.open(runtime_context)
        self._memory = Memory.of(runtime_context)
        self._kept = self._whole.keep(self._memory)
        restored, self._restored = self._restored, []
        for element in restored:
            self._some = True
            self._whole.absorb(self._kept, element)
        if isinstance(self._kept, SortedRows):
            take = self._kept.taker()
            if take is not None:  # the operator's process_element from here on
                self.process_element = take  # type: ignore[method-assign]

    def close(self) -> None:
        """Closes the function and deletes what was spilled."""
        if hasattr(self, "_kept"):
            self._kept.close()
        self._whole.close()

    def process_element(self, value: Any, ctx: OperatorContext) -> None:
        """Keeps the element."""
        self._some = True
        self._kept.append(value)

    def _results(self, ctx: OperatorContext) -> Iterable[Any] | None:
        kept = self._kept
        if self._done and not self._has_some():
            return None
        self._done, self._some = True, False
        if not isinstance(kept, SortedRows):  # which go on behind their drain()
            self._kept = self._whole.keep(self._memory)
        ctx.set_timestamp(MAX_LONG_VALUE)
        return self._whole.results(kept)

    def _has_some(self) -> bool:
        return self._some or (isinstance(self._kept, SortedRows) and len(self._kept) > 0)

    def snapshot_state(self) -> Iterable[Any]:
        """What is kept, read from disk a chunk at a time."""
        return iter(self._kept) if self._has_some() else ()

    def restore_state(self, state: list[Any]) -> None:
        """Takes it back, once open() has been called."""
        self._restored.extend(state)


class FullKey(WindowFunction[Any, Any, Any, GlobalWindow]):
    """The same for each key of a keyed stream, as the function of an end-of-stream window."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole

    def open(self, runtime_context: Any) -> None:
        """Opens the function."""
        self._whole.open(runtime_context)

    def close(self) -> None:
        """Closes the function."""
        self._whole.close()

    def apply(self, key: Any, window: GlobalWindow, inputs: Iterable[Any]) -> Iterable[Any]:
        """The key's results."""
        return self._whole(inputs)
