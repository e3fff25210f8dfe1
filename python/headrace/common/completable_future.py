"""Results that arrive later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["CompletableFuture"]

T = TypeVar("T")


class CompletableFuture(Generic[T]):
    """A result that result() waits for, in the calling thread, so that Ctrl-C works.

    >>> CompletableFuture(lambda: 7).result()
    7
    """

    def __init__(
        self,
        supplier: Callable[[], T],
        ready: Callable[[], bool] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> None:
        self._supplier = supplier
        self._ready = ready
        self._cancel = cancel
        self._lock = threading.Lock()
        self._finished = False
        self._cancelled = False
        self._value: T | None = None
        self._error: BaseException | None = None

    def cancel(self) -> bool:
        """Asks for the end of the work; whether that was possible."""
        if self._finished or self._cancel is None:
            return False
        self._cancelled = self._cancel()
        return self._cancelled

    def cancelled(self) -> bool:
        """Whether cancel() ended the work."""
        return self._cancelled

    def done(self) -> bool:
        """Whether result() would return at once."""
        return self._finished or self._ready is None or self._ready()

    def result(self) -> T:
        """The result, waited for; raises what the work raised."""
        self._finish()
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def exception(self) -> BaseException | None:
        """What the work raised, waited for, or None."""
        self._finish()
        return self._error

    def _finish(self) -> None:
        with self._lock:
            if self._finished:
                return
            try:
                self._value = self._supplier()
            except Exception as error:
                self._error = error
            self._finished = True

    def __str__(self) -> str:
        state = "done" if self._finished else "pending"
        return f"CompletableFuture({state})"
