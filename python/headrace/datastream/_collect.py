"""Results of a job, read by the program that started it."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

from headrace.common.job_client import JobClient

T = TypeVar("T")


class CloseableIterator(Generic[T]):
    """The elements of a stream as they come; closing it before the end cancels the job.

    Use it in a with statement, so that the job ends with the block.
    """

    def __init__(self, elements: Iterator[T], client: JobClient) -> None:
        self._elements = elements
        self._client = client
        self._ended = False

    def __iter__(self) -> CloseableIterator[T]:
        return self

    def __next__(self) -> T:
        if self._ended:
            raise StopIteration("No more data.")
        try:
            return next(self._elements)
        except BaseException:
            # At the end, and after the job's failure, there is nothing left to cancel.
            self._ended = True
            raise

    def next(self) -> T:
        """The next element; raises StopIteration at the end."""
        return self.__next__()

    def close(self) -> None:
        """Cancels the job unless it has ended."""
        if not self._ended:
            self._ended = True
            close = getattr(self._elements, "close", None)
            if close is not None:
                close()
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
