"""External merge sort of Python objects."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace.datastream._operators.ordering import sort_key
from headrace.datastream._operators.spill import Run, SpillFile, drained, keeper

if TYPE_CHECKING:
    from headrace._runtime.native import Block

_KEY_BYTES = 100  # of a key and of the pair that it is in
_SLOT_BYTES = 48  # of an item in the list and while it is sorted
_FAN_IN = 128  # runs that are merged at once

# sets of types whose own order, where there is no NaN, is that of sort_key
_NUMBERS = {int, float, bool}
_ALIKE = ({str}, {bytes}, {datetime.date}, {datetime.datetime})

Order = Callable[[Any], Any]  # the key of a kept item
Head = tuple[list[Any], int, Iterator[list[Any]]]  # a chunk, what of it is taken, what follows


class FieldKey:
    """Reads a field of an element."""

    def __init__(self, field: int | str) -> None:
        self.field = field

    def __call__(self, value: Any) -> Any:
        """The field's value."""
        return value[self.field]


class SortedRows:
    """Rows in the order of a key, ties in the order they came.

    None comes first, NaN behind the other numbers; keys of several types are ordered by type.
    Sorted runs of at most the limit go to a file and are merged, in several passes where there
    are very many.

    >>> rows = SortedRows(lambda row: row, descending=True, limit_bytes=2000)
    >>> for row in [3, 1, 2] * 200:
    ...     rows.append(row)
    >>> rows.spilled, list(rows.drain())[198:202]
    (True, [3, 3, 2, 2])
    """

    def __init__(
        self, key: Callable[[Any], Any], descending: bool, limit_bytes: int, folder: str = ""
    ) -> None:
        # A field is read again whenever it is asked for; what a function gives is kept in a pair.
        self._key = None if isinstance(key, FieldKey) else key
        self._field = key.field if isinstance(key, FieldKey) else 0
        self._raw: Order = operator.itemgetter(self._field)
        self._sort_plain = _plain_sorter()
        self._order: Order = self._raw
        self._descending = descending
        self._limit = limit_bytes
        self._extra = _SLOT_BYTES if self._key is None else _KEY_BYTES
        self._keep = keeper()
        self._file = SpillFile(folder)
        self._runs: list[Run] = []
        self._block: list[Any] = []
        self._taker: Block | None = None
        self._size = 0
        self._on_disk = 0  # rows
        self._types: set[type] = set()  # of the keys of what has been sorted

    def __len__(self) -> int:
        return self._on_disk + len(self._block)

    @property
    def spilled(self) -> bool:
        """Whether there are rows on disk."""
        return bool(self._runs)

    def append(self, row: Any) -> None:
        """Keeps a row as it is now."""
        if self._taker is not None:
            self._taker.take(row)
            return
        self._size += self._keep(self._block, row) + self._extra
        if self._key is not None:
            row = self._block[-1]
            self._block[-1] = self._key(row), row
        if self._size > self._limit:
            self._spill()

    def taker(self) -> Callable[..., None] | None:
        """What does append(row) without Python; None outside of the engine. close() ends it."""
        try:
            from headrace._runtime.native import Block
        except ImportError:
            return None
        self._taker = Block(
            self._block, self._key, self._extra, self._limit, self._spill, self._size
        )
        return self._taker.take

    def _spill(self) -> None:
        """Writes the block, which is empty behind it, as a sorted run."""
        size = self._size if self._taker is None else self._taker.size()
        self._sort_block()
        self._on_disk += len(self._block)
        self._runs.append(self._file.write_run(self._block, size))
        self._start([])

    def _start(self, block: list[Any]) -> None:
        self._block, self._size = block, 0
        if self._taker is not None:
            self._taker.reset(block)

    def __iter__(self) -> Iterator[Any]:
        """All rows, in no particular order; they stay."""
        runs, block = list(self._runs), list(self._block)
        for run in runs:
            for chunk in self._file.chunks(run):
                yield from self._rows(chunk)
        yield from self._rows(block)

    def drain(self) -> Iterator[Any]:
        """All rows in order, of which none is left; the file is closed behind the last."""
        self._sort_block()
        lists = self._drained(self._runs, self._file, self._block)
        self._runs, self._on_disk = [], 0
        self._start([])
        self._file = SpillFile(self._file.folder)
        return chain.from_iterable(lists)

    def _drained(
        self, runs: list[Run], file: SpillFile, block: list[Any]
    ) -> Iterator[Iterable[Any]]:
        try:
            while len(runs) > _FAN_IN:
                groups = [runs[i : i + _FAN_IN] for i in range(0, len(runs), _FAN_IN)]
                runs = [self._merged_run(file, group) for group in groups]
            sources = [file.chunks(run) for run in runs]
            for items in self._merge([*sources, drained(block)]) if sources else drained(block):
                yield self._rows(items)
        finally:
            file.close()

    def close(self) -> None:
        """Gives memory and disk back."""
        self._file.close()
        if self._taker is not None:
            self._taker.close()
        self._taker = None
        self._runs, self._block, self._size, self._on_disk = [], [], 0, 0

    def _rows(self, items: list[Any]) -> Iterable[Any]:
        return items if self._key is None else map(operator.itemgetter(1), items)

    def _sort_block(self) -> None:
        descending = self._descending
        types = set(map(type, map(self._raw, self._block)))
        if self._order is self._raw and types:
            self._types |= types
            if not self._plain(types):
                self._order = self._mixed
        if self._order is self._raw and self._sort_plain(self._block, self._field, descending):
            return
        self._block.sort(key=self._order, reverse=descending)

    def _plain(self, types: set[type]) -> bool:
        """Whether the keys so far have an order of their own that is that of sort_key."""
        if self._types <= _NUMBERS:
            keys = map(self._raw, self._block)
            again = map(self._raw, self._block)
            return float not in types or not any(map(operator.ne, keys, again))
        return self._types in _ALIKE

    def _mixed(self, item: Any) -> Any:
        return sort_key(self._raw(item))

    def _merged_run(self, file: SpillFile, runs: list[Run]) -> Run:
        merged = self._merge([file.chunks(run) for run in runs])
        return [file.write(items) for items in merged if items]

    def _merge(self, sources: list[Iterator[list[Any]]]) -> Iterator[list[Any]]:
        """Sorted lists that make one sorted list of all, from sources that are each sorted.

        Of every source one chunk is at hand. All that is not behind the smallest of their last
        keys is complete: it is put together and sorted, which is a merge in C.
        """
        order, descending = self._order, self._descending
        heads: list[Head] = [
            (chunk, 0, source) for source in sources for chunk in (next(source, []),) if chunk
        ]
        while heads:
            least = _least([order(chunk[-1]) for chunk, _, _ in heads], descending)
            bound = order(heads[least][0][-1])
            ready: list[Any] = []
            rest: list[Head] = []
            for i, (chunk, start, source) in enumerate(heads):
                # Equal keys of later sources wait for those that this source may still have.
                cut = _cut(chunk, start, order, bound, descending, i <= least)
                ready += chunk[start:cut]
                if cut == len(chunk):
                    chunk, cut = next(source, []), 0
                if chunk:
                    rest.append((chunk, cut, source))
            heads = rest
            ready.sort(key=order, reverse=descending)
            yield ready


def _plain_sorter() -> Callable[[list[Any], Any, bool], bool]:
    """The engine's sort of tuples and Rows by plain keys; it says when they are not."""
    try:
        from headrace._runtime.native import sort_rows
    except ImportError:
        return lambda rows, field, descending: False
    return sort_rows


def _least(keys: list[Any], descending: bool) -> int:
    """Where the first of the smallest keys is; descending, of the greatest."""
    least = 0
    for i, key in enumerate(keys):
        if (key > keys[least]) if descending else (key < keys[least]):
            least = i
    return least


def _cut(
    chunk: list[Any], start: int, order: Order, bound: Any, descending: bool, with_equal: bool
) -> int:
    """Up to where the items of a sorted chunk come before a bound, or are equal to it."""
    low, high = start, len(chunk)
    while low < high:
        middle = (low + high) // 2
        key = order(chunk[middle])
        before = (key > bound) if descending else (key < bound)
        if before or (with_equal and key == bound):
            low = middle + 1
        else:
            high = middle
    return low
