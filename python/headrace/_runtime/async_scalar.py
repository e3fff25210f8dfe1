"""Async scalar functions: an event loop on a thread of its own, batches in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from headrace._runtime.functions import Loaded

__all__ = ["AsyncScalar"]

_JOIN_SECONDS = 5.0
_SHOWN = 200


class _Batch:
    """The rows of one batch: their arguments by call, and their results."""

    def __init__(self, arguments: list[list[tuple[Any, ...]]], rows: int) -> None:
        self.arguments = arguments
        self.results: list[list[Any]] = [[None] * len(arguments) for _ in range(rows)]
        self.open = rows * len(arguments)
        self.error: BaseException | None = None
        self.failed = (0, "")  # call, arguments as text


class AsyncScalar:
    """Evaluates rows concurrently; the engine's thread submits and polls."""

    def __init__(
        self,
        functions: Sequence[Loaded],
        outputs: Sequence[int],
        capacity: int,
        timeout_seconds: float,
        attempts: int,
        delay_seconds: float,
    ) -> None:
        self._functions = [_entry(f) for f in functions]
        self._outputs = list(outputs)
        self._capacity = capacity
        self._timeout = timeout_seconds
        self._attempts = attempts
        self._delay = delay_seconds
        self._pending: list[list[tuple[Any, ...]]] = [[] for _ in functions]
        self._batches: deque[_Batch] = deque()
        self.failed = (0, "")
        self.wake_fd, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._loop = asyncio.new_event_loop()
        self._slots = asyncio.Semaphore(capacity)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="headrace-async", daemon=True)
        self._thread.start()

    def collectors(self) -> list[Callable[..., None]]:
        """What the row loop calls, one for each function: it keeps the arguments."""

        def keep(call: int) -> Callable[..., None]:
            return lambda *args: self._pending[call].append(args)

        return [keep(k) for k in range(len(self._functions))]

    def submit(self, rows: int) -> None:
        """Starts the rows whose arguments have been collected."""
        batch = _Batch(self._pending, rows)
        self._pending = [[] for _ in self._functions]
        self._batches.append(batch)
        self._loop.call_soon_threadsafe(self._start, batch)

    def discard(self) -> None:
        """Forgets arguments of a batch that could not be read to its end."""
        self._pending = [[] for _ in self._functions]

    def poll(self) -> list[tuple[Any, ...]] | None:
        """The rows of the oldest batch when they are complete; raises what a row raised."""
        if not self._batches:
            return None
        batch = self._batches[0]
        if batch.error is not None:
            self.failed = batch.failed
            raise batch.error
        if batch.open > 0:
            return None
        self._batches.popleft()
        return [tuple(row[c] for c in self._outputs) for row in batch.results]

    def close(self) -> None:
        """Cancels what is in flight and ends the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop)
            self._thread.join(_JOIN_SECONDS)
        os.close(self._wake)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

        async def drain() -> None:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._loop.stop()

        self._drainer = self._loop.create_task(drain())

    def _start(self, batch: _Batch) -> None:
        if batch.open == 0:
            self._notify()
        for call, rows in enumerate(batch.arguments):
            for row, args in enumerate(rows):
                task = self._loop.create_task(self._one(batch, call, row, args))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _one(self, batch: _Batch, call: int, row: int, args: tuple[Any, ...]) -> None:
        try:
            async with self._slots:
                if batch.error is not None:
                    return
                result = await asyncio.wait_for(self._attempt(call, args), self._timeout)
            batch.results[row][call] = result
        except asyncio.CancelledError:
            return
        except (asyncio.TimeoutError, TimeoutError) as e:
            text = f"no result within {self._timeout:g} s"
            self._fail(batch, call, args, TimeoutError(str(e) or text))
            return
        except Exception as e:
            self._fail(batch, call, args, e)
            return
        batch.open -= 1
        if batch.open == 0:
            self._notify()

    async def _attempt(self, call: int, args: tuple[Any, ...]) -> Any:
        for _ in range(self._attempts - 1):
            try:
                return await self._functions[call](*args)
            except Exception:
                await asyncio.sleep(self._delay)
        return await self._functions[call](*args)

    def _fail(self, batch: _Batch, call: int, args: tuple[Any, ...], error: BaseException) -> None:
        if batch.error is None:
            batch.failed = (call, _shown(args))
            batch.error = error
            self._notify()

    def _notify(self) -> None:
        with contextlib.suppress(BlockingIOError):  # then the reader has enough to read
            os.write(self._wake, b"!")


def _entry(loaded: Loaded) -> Callable[..., Any]:
    assert loaded.eval is not None
    return loaded.eval


def _shown(args: tuple[Any, ...]) -> str:
    shown = []
    for value in args:
        try:
            text = repr(value)
        except Exception:
            text = "?"
        shown.append(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
    return f"({', '.join(shown)})"
