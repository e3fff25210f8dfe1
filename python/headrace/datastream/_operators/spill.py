"""Rows that an operator keeps until its input ends: in memory up to a limit, then in a file.

The file has no name, so that nothing is left behind when the process is killed. Rows are written
in chunks of a few hundred kilobytes; whoever reads them holds one chunk at a time.
"""

from __future__ import annotations

import copy
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

from headrace._runtime import objects

MEMORY_KEY = "execution.sort-partition.memory"
MEMORY_DEFAULT = "128mb"
_CHUNK_BYTES = 256 << 10
_CHUNK_ROWS = 4096
_NEAR_ROWS = 512

_UNITS = {
    unit: 1 << shift
    for shift, units in (
        (0, ("", "b", "bytes")),
        (10, ("k", "kb", "kibibytes")),
        (20, ("m", "mb", "mebibytes")),
        (30, ("g", "gb", "gibibytes")),
        (40, ("t", "tb", "tebibytes")),
    )
    for unit in units
}

Place = tuple[int, int]  # offset and length of a chunk
Run = list[Place]


class Memory(NamedTuple):
    """How much an operator may keep in memory, and the folder for what is beyond it."""

    limit_bytes: int
    folder: str

    @staticmethod
    def of(runtime_context: Any) -> Memory:
        """The settings of a job."""
        setting = runtime_context.get_job_parameter
        limit = memory_bytes(MEMORY_KEY, setting(MEMORY_KEY, MEMORY_DEFAULT))
        folders = re.split(r"[,:]", setting("io.tmp.dirs", ""))
        return Memory(limit, folders[0].strip())


def memory_bytes(key: str, text: str) -> int:
    """A size such as 128mb in bytes."""
    found = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", text.lower())
    unit = _UNITS.get(found.group(2)) if found else None
    if found is None or unit is None:
        raise ValueError(f"{key}: {text!r} is no size: write it as 128mb, 1gb or 65536")
    return int(found.group(1)) * unit


class SpillFile:
    """Chunks of rows in a file without a name."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._encode, self._decode = _codec()
        self._file: IO[bytes] | None = None
        self._end = 0

    def write(self, rows: list[Any]) -> Place:
        """Appends a chunk."""
        raw = memoryview(self._encode(tuple(rows)))
        place = (self._end, len(raw))
        try:
            if self._file is None:
                folder = self.folder or None
                self._file = tempfile.TemporaryFile(prefix="headrace-", dir=folder)  # noqa: SIM115
            while raw:
                n = os.pwrite(self._file.fileno(), raw, self._end)
                self._end += n
                raw = raw[n:]
        except OSError as error:
            folder = self.folder or tempfile.gettempdir()
            message = f"rows cannot be spilled to {folder}: {error.strerror}"
            remedy = "set io.tmp.dirs to a local directory with space"
            raise OSError(error.errno, f"{message}; {remedy}") from error
        return place

    def write_run(self, rows: list[Any], size_bytes: int) -> Run:
        """Appends rows of a size in all, cut into chunks; the list is empty behind it."""
        step = max(1, min(_CHUNK_ROWS, _CHUNK_BYTES * len(rows) // max(size_bytes, 1)))
        rows.reverse()
        run: Run = []
        while rows:
            chunk = rows[-step:]
            del rows[-step:]
            chunk.reverse()
            run.append(self.write(chunk))
        return run

    def chunks(self, run: Run) -> Iterator[list[Any]]:
        """The chunks of a run."""
        for offset, length in run:
            assert self._file is not None
            yield list(self._decode(os.pread(self._file.fileno(), length, offset)))

    def read(self, run: Run) -> Iterator[Any]:
        """The rows of a run."""
        for chunk in self.chunks(run):
            yield from chunk

    def close(self) -> None:
        """Gives the disk's space back."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Rows:
    """Rows in the order they came; what is beyond the limit is on disk.

    >>> rows = Rows(limit_bytes=1000)
    >>> for i in range(100):
    ...     rows.append(i)
    >>> rows.spilled, sum(rows.drain()), len(rows)
    (True, 4950, 0)
    """

    def __init__(self, limit_bytes: int, folder: str = "") -> None:
        self._limit = limit_bytes
        self._weigh = weigher()
        self._keep = keeper()
        self._file = SpillFile(folder)
        self._run: Run = []
        self._tail: list[Any] = []
        self._size = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def spilled(self) -> bool:
        """Whether there are rows on disk."""
        return bool(self._run)

    def append(self, row: Any) -> None:
        """Keeps a row as it is now."""
        self._count += 1
        self._size += self._keep(self._tail, row)
        if self._size > self._limit:
            self._run += self._file.write_run(self._tail, self._size)
            self._size = 0

    def __iter__(self) -> Iterator[Any]:
        """All rows, which stay."""
        yield from self._file.read(list(self._run))
        yield from list(self._tail)

    def drain(self) -> Iterator[Any]:
        """All rows, of which none is left; the file is closed behind the last."""
        run, tail, file = self._run, self._tail, self._file
        self._run, self._tail, self._size, self._count = [], [], 0, 0
        self._file = SpillFile(file.folder)
        try:
            yield from file.read(run)
            for chunk in drained(tail):
                yield from chunk
        finally:
            file.close()

    def blocks(self) -> Iterator[list[Any]]:
        """The rows in lists of at most half the limit, of which none is left."""
        block: list[Any] = []
        size = 0
        for row in self.drain():
            block.append(row)
            size += self._weigh(row)
            if size > self._limit // 2:
                yield block
                block, size = [], 0
        if block:
            yield block

    def close(self) -> None:
        """Gives memory and disk back."""
        self._file.close()
        self._run, self._tail, self._size, self._count = [], [], 0, 0


def drained(rows: list[Any]) -> Iterator[list[Any]]:
    """The rows in order, in lists that are each let go once handed out and that are in the cache.

    Rows that were sorted lie anywhere in memory.
    """
    near = _prefetcher()
    rows.reverse()
    while rows:
        chunk = rows[-_NEAR_ROWS:]
        del rows[-_NEAR_ROWS:]
        chunk.reverse()
        near(chunk)
        yield chunk


def weigher() -> Callable[[Any], int]:
    """The engine's estimate of the bytes that an object takes; outside of it a rough one."""
    try:
        from headrace._runtime.native import weigh
    except ImportError:
        return _roughly
    return weigh


def isolator() -> Callable[[Any], Any]:
    """What makes an object safe from later changes: itself where nobody can change it."""
    try:
        from headrace._runtime.native import isolate
    except ImportError:
        return copy.deepcopy
    return isolate


def keeper() -> Callable[[list[Any], Any], int]:
    """What appends a row to a list, safe from later changes, and says what weigher() would."""
    try:
        from headrace._runtime.native import keep
    except ImportError:
        return _keep
    return keep


def _keep(into: list[Any], row: Any) -> int:
    into.append(copy.deepcopy(row))
    return _roughly(into[-1])


def _prefetcher() -> Callable[[list[Any]], None]:
    """What brings rows into the processor's cache; outside of the engine nothing does."""
    try:
        from headrace._runtime.native import prefetch
    except ImportError:
        return lambda rows: None
    return prefetch


def _codec() -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    """What writes and reads chunks: the engine's encoding where all is plain, else pickles."""
    try:
        from headrace._runtime.native import decode, encode
    except ImportError:
        return objects.dumps, objects.loads
    return encode, decode


def _roughly(value: Any) -> int:
    return sys.getsizeof(value) + sum(
        sys.getsizeof(item) for item in (value if isinstance(value, (tuple, list)) else ())
    )


def key_encoder() -> Callable[[Any], bytes]:
    """What tells keys apart: 1, 1.0, True and "1" are four."""
    try:
        from headrace._runtime.native import encode_key
    except ImportError:
        from headrace._runtime.keys import encode

        return encode
    return encode_key
