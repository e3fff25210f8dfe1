"""External merge sort of Python objects."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from headrace.datastream._operators.ordering import sort_key
from headrace.datastream._operators.spill import Run, SpillFile, isolator, weigher

_KEY_BYTES = 100  # of a key and of the pair that it is in
_FAN_IN = 128  # runs that are merged at once
_PLAIN = (int, str, bytes)  # types whose own order is that of sort_key

Pair = tuple[Any, Any]  # key and row
Order = Callable[[Pair], Any]

_raw: Order = operator.itemgetter(0)


def _mixed(pair: Pair) -> Any:
    return sort_key(pair[0])


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
        self._key, self._descending = key, descending
        self._limit = limit_bytes
        self._weigh = weigher()
        self._isolate = isolator()
        self._file = SpillFile(folder)
        self._runs: list[Run] = []
        self._block: list[Pair] = []
        self._size = 0
        self._count = 0
        self._type: type | None = None  # of all keys so far
        self._order = _raw

    def __len__(self) -> int:
        return self._count

    @property
    def spilled(self) -> bool:
        """Whether there are rows on disk."""
        return bool(self._runs)

    def append(self, row: Any) -> None:
        """Keeps a row as it is now."""
        row = self._isolate(row)
        key = self._key(row)
        if type(key) is not self._type:
            self._order = _raw if self._type is None and type(key) in _PLAIN else _mixed
            self._type = type(key)
        self._block.append((key, row))
        self._count += 1
        self._size += self._weigh(row) + _KEY_BYTES
        if self._size > self._limit:
            self._sort_block()
            self._runs.append(self._file.write_run(self._block, self._size))
            self._size = 0

    def __iter__(self) -> Iterator[Any]:
        """All rows, in no particular order; they stay."""
        for run in list(self._runs):
            for _, row in self._file.read(run):
                yield row
        for _, row in list(self._block):
            yield row

    def drain(self) -> Iterator[Any]:
        """All rows in order, of which none is left; the file is closed behind the last."""
        self._sort_block()
        runs, file, block = self._runs, self._file, self._block
        self._runs, self._block, self._size, self._count = [], [], 0, 0
        self._file = SpillFile(file.folder)
        try:
            while len(runs) > _FAN_IN:
                groups = [runs[i : i + _FAN_IN] for i in range(0, len(runs), _FAN_IN)]
                runs = [self._merged_run(file, group) for group in groups]
            sources = [file.chunks(run) for run in runs]
            for pairs in self._merge([*sources, iter([block] if block else [])]):
                for _, row in pairs:
                    yield row
        finally:
            file.close()

    def close(self) -> None:
        """Gives memory and disk back."""
        self._file.close()
        self._runs, self._block, self._size, self._count = [], [], 0, 0

    def _sort_block(self) -> None:
        self._block.sort(key=self._order, reverse=self._descending)

    def _merged_run(self, file: SpillFile, runs: list[Run]) -> Run:
        merged = self._merge([file.chunks(run) for run in runs])
        return [file.write(pairs) for pairs in merged if pairs]

    def _merge(self, sources: list[Iterator[list[Pair]]]) -> Iterator[list[Pair]]:
        """Sorted lists that make one sorted list of all, from sources that are each sorted.

        Of every source one chunk is at hand. All that is not behind the smallest of their last
        keys is complete: it is put together and sorted, which is a merge in C.
        """
        order, descending = self._order, self._descending
        heads = [(chunk, source) for source in sources for chunk in (next(source, []),) if chunk]
        while heads:
            least = _least([order(chunk[-1]) for chunk, _ in heads], descending)
            bound = order(heads[least][0][-1])
            ready: list[Pair] = []
            rest: list[tuple[list[Pair], Iterator[list[Pair]]]] = []
            for i, (chunk, source) in enumerate(heads):
                # Equal keys of later sources wait for those that this source may still have.
                cut = _cut(chunk, order, bound, descending, i <= least)
                ready += chunk[:cut]
                left = chunk[cut:] or next(source, [])
                if left:
                    rest.append((left, source))
            heads = rest
            ready.sort(key=order, reverse=descending)
            yield ready


def _least(keys: list[Any], descending: bool) -> int:
    """Where the first of the smallest keys is; descending, of the greatest."""
    least = 0
    for i, key in enumerate(keys):
        if (key > keys[least]) if descending else (key < keys[least]):
            least = i
    return least


def _cut(chunk: list[Pair], order: Order, bound: Any, descending: bool, with_equal: bool) -> int:
    """How many pairs of a sorted chunk come before a bound, or are equal to it."""
    low, high = 0, len(chunk)
    while low < high:
        middle = (low + high) // 2
        key = order(chunk[middle])
        before = (key > bound) if descending else (key < bound)
        if before or (with_equal and key == bound):
            low = middle + 1
        else:
            high = middle
    return low
