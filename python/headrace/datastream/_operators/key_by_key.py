"""Windows of the whole input whose keys come one after the other.

Where the engine sorts the input, all elements of a key are there before the next key's: they are
kept here and not in state, on disk beyond execution.sort-partition.memory, and functions read
them as they go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from headrace.datastream._operators.host import OperatorContext, OperatorRuntime, as_user_context
from headrace.datastream._operators.partition import FullKey, Kept
from headrace.datastream._operators.spill import Memory, Rows, keeper
from headrace.datastream._operators.window import WindowOperator
from headrace.datastream._operators.window_function import Apply, Emission
from headrace.datastream.window.window import MAX_LONG_VALUE, GlobalWindow

_BY_KEY = "$internal.key-by-key"


class Group:
    """The elements of one key: a list, or what reads them from disk."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._keep = keeper()
        self._few: list[Any] = []
        self._size = 0
        self._many: Rows | None = None

    def append(self, row: Any) -> None:
        """Keeps an element as it is now."""
        if self._many is not None:
            self._many.append(row)
            return
        self._size += self._keep(self._few, row)
        if self._size > self._memory.limit_bytes:
            self._many = Rows(self._memory.limit_bytes, self._memory.folder)
            self._few.reverse()
            while self._few:
                self._many.append(self._few.pop())

    def take(self) -> Any:
        """The elements, which len() counts and for reads; the group is empty then."""
        rows: Any = self._few if self._many is None else self._many
        self._few, self._many, self._size = [], None, 0
        return rows

    def close(self) -> None:
        """Gives memory and disk back."""
        release(self.take())


def release(rows: Any) -> None:
    """Gives the disk back that elements take."""
    if isinstance(rows, Rows):
        rows.close()


class KeyByKey:
    """Applies a window function to all elements of each key; else a window operator does."""

    def __init__(self, windows: WindowOperator, emission: Emission) -> None:
        self._windows, self._emission = windows, emission
        function = emission.function if isinstance(emission, Apply) else None
        self._whole = function._whole if isinstance(function, FullKey) else None
        self._kept: Kept | None = None  # of _whole
        self._some = False

    def open(self, runtime_context: OperatorRuntime) -> None:
        """Opens the functions."""
        self._windows.open(runtime_context)
        user = as_user_context(runtime_context)
        self._by_key = user.get_job_parameter(_BY_KEY, "") == "true"
        self._memory = Memory.of(user)
        self._groups = [Group(self._memory), Group(self._memory)]

    def close(self) -> None:
        """Closes the functions and deletes what was spilled."""
        self._windows.close()
        if self._kept is not None:
            self._kept.close()
        for group in self._groups:
            group.close()

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element."""
        if not self._by_key:
            return self._windows.process_element(value, ctx)
        self._begin(ctx)
        if self._whole is None:
            self._groups[0].append(value)
        else:
            if self._kept is None:
                self._kept = self._whole.keep(self._memory)
            self._kept.append(value)
        return None

    def _begin(self, ctx: OperatorContext) -> None:
        """Asks to be called when the key is complete."""
        if not self._some:
            self._some = True
            ctx.register_event_timer(None, MAX_LONG_VALUE)

    def on_event_time(
        self, timestamp: int, namespace: Any, ctx: OperatorContext
    ) -> Iterable[Any] | None:
        """Gives the results of a key."""
        if not self._by_key:
            return self._windows.on_event_time(timestamp, namespace, ctx)
        self._some = False
        ctx.set_timestamp(MAX_LONG_VALUE)
        if self._whole is None:
            return self._results(ctx)
        kept, self._kept = self._kept, None
        assert kept is not None
        return _closing(self._whole.results(kept), kept)

    def on_processing_time(
        self, timestamp: int, namespace: Any, ctx: OperatorContext
    ) -> Iterable[Any] | None:
        """Takes a timer of the clock."""
        return self._windows.on_processing_time(timestamp, namespace, ctx)

    def _results(self, ctx: OperatorContext) -> Iterator[Any]:
        window, context = GlobalWindow(), self._windows._function_context
        context.bind(ctx, window)
        groups = [group.take() for group in self._groups]
        try:
            yield from self._emit(ctx.get_current_key(), window, groups, context)
            self._emission.clear(context)
        finally:
            for rows in groups:
                release(rows)

    def _emit(self, key: Any, window: Any, groups: list[Any], context: Any) -> Iterable[Any]:
        return self._emission.emit(key, window, groups[0], context) or ()


class KeyByKeyOfTwo(KeyByKey):
    """The same with two inputs."""

    def process_element1(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element of the first input."""
        return self._side(0, value, ctx)

    def process_element2(self, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        """Takes an element of the second input."""
        return self._side(1, value, ctx)

    def _side(self, side: int, value: Any, ctx: OperatorContext) -> Iterable[Any] | None:
        if not self._by_key:
            return self._windows._element(value, (side, value), ctx)
        self._begin(ctx)
        self._groups[side].append(value)
        return None

    def _emit(self, key: Any, window: Any, groups: list[Any], context: Any) -> Iterable[Any]:
        return self._emission.emit_sides(groups[0], groups[1])


def _closing(results: Iterable[Any], kept: Kept) -> Iterator[Any]:
    """Results, behind which nothing is kept."""
    try:
        yield from results
    finally:
        kept.close()
