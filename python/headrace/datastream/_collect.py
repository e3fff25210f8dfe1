"""Results of a job, read by the program that started it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import chain
from types import TracebackType
from typing import Any, TypeVar, cast

from headrace.common.job_client import JobClient

T = TypeVar("T")


class CloseableIterator(chain[T]):
    """The elements of a stream as they come; closing it before the end cancels the job.

    Use it in a with statement, so that the job ends with the block. It is a chain of the lists in
    which elements arrive, so that going over them costs what going over a list does.
    """

    _chunks: Chunks[T]
    _client: JobClient

    @staticmethod
    def over(lists: Iterator[list[T]], client: JobClient) -> CloseableIterator[T]:
        """The elements of lists, which are given away; the client's job is what close() cancels."""
        chunks = Chunks(lists)
        self = cast(CloseableIterator[T], CloseableIterator.from_iterable(chunks))
        self._chunks, self._client = chunks, client
        return self

    def __iter__(self) -> CloseableIterator[T]:
        return self

    def next(self) -> T:
        """The next element; raises StopIteration at the end."""
        return self.__next__()

    def close(self) -> None:
        """Cancels the job unless it has ended."""
        if self._chunks.end():
            self._client.cancel()

    def __enter__(self) -> CloseableIterator[T]:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()


class Chunks(Iterator[list[T]]):
    """Lists one after the other, until they are at their end, raise, or are ended."""

    def __init__(self, lists: Iterator[list[T]]) -> None:
        self._lists = lists
        self._current: list[T] = []
        self._ended = False

    def __next__(self) -> list[T]:
        if self._ended:
            raise StopIteration
        try:
            current = next(self._lists)
        except BaseException:
            # At the end, and after the job's failure, there is nothing left to cancel.
            self._ended = True
            raise
        if self._ended:  # meanwhile, by another thread
            raise StopIteration
        self._current = current
        return current

    def end(self) -> bool:
        """Gives no element any more, those of the list at hand included; whether it did so far."""
        if self._ended:
            return False
        self._ended = True
        self._current.clear()
        close = getattr(self._lists, "close", None)
        if close is not None:
            with contextlib.suppress(ValueError):  # another thread waits in it
                close()
        return True


def first(elements: CloseableIterator[Any], limit: int) -> list[Any]:
    """At most limit elements; the job is cancelled where there are more."""
    with elements:
        taken: list[Any] = []
        while len(taken) < limit:
            try:
                taken.append(next(elements))
            except StopIteration:
                break
        return taken
