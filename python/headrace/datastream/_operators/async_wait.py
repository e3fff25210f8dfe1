"""Asynchronous calls: one event loop a subtask, results taken when they are there.

The coroutines run in a thread of their own. The operator hands them elements and, with each call
of the machinery, emits what has finished (poll comes by the clock); it waits only when as many
calls as allowed are open, before a watermark and at the end of the input. Elements whose calls are
open are part of a snapshot.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from headrace.datastream._operators.adapter import Adapter
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream.functions import AsyncFunction, AsyncRetryStrategy


class _Entry:
    """An element, its time and what its call gave."""

    __slots__ = ("done", "error", "number", "results", "timestamp", "value")

    def __init__(self, value: Any, timestamp: int) -> None:
        self.value = value
        self.timestamp = timestamp
        self.done = False
        self.number = 0  # of those done, in the order in which they were
        self.results: list[Any] = []
        self.error: BaseException | None = None


class AsyncWait(Adapter):
    """Runs an AsyncFunction over the elements of a stream."""

    def __init__(
        self,
        function: AsyncFunction[Any, Any],
        timeout_ms: int,
        capacity: int,
        ordered: bool,
        retry: AsyncRetryStrategy[Any] | None = None,
    ) -> None:
        super().__init__(function)
        self._timeout_ms = timeout_ms
        self._capacity = capacity
        self._ordered = ordered
        self._retry = retry
        self._restored: list[tuple[Any, int]] = []

    def open(self, runtime_context: Any) -> None:
        """Starts the event loop and opens the function."""
        self._open_entries: deque[_Entry] = deque()
        self._finished = threading.Condition()
        self._numbers = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        super().open(runtime_context)
        for value, timestamp in self._restored:
            self._start(value, timestamp)
        self._restored = []

    def close(self) -> None:
        """Ends the event loop."""
        if hasattr(self, "_loop"):
            self._loop.call_soon_threadsafe(self._stop)
            self._thread.join()
            self._loop.close()
        super().close()

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        # The cancelled tasks end in the rounds before this one.
        self._loop.call_soon(self._loop.call_soon, self._loop.stop)

    def process_element(self, value: Any, ctx: OperatorContext) -> Iterable[Any]:
        """Starts a call and emits what has finished."""
        timestamp = ctx.timestamp()
        while len(self._open_entries) >= self._capacity:
            yield from self._emit(ctx, wait=True)
        self._start(value, timestamp)
        yield from self._emit(ctx, wait=False)

    def on_watermark(self, watermark: int, ctx: OperatorContext) -> Iterable[Any]:
        """A watermark goes on only behind the results of the elements before it."""
        while self._open_entries:
            yield from self._emit(ctx, wait=True)

    def end_input(self, port: int, ctx: OperatorContext) -> Iterable[Any]:
        """Waits for all calls."""
        while self._open_entries:
            yield from self._emit(ctx, wait=True)

    def poll(self, ctx: OperatorContext) -> Iterable[Any]:
        """Emits what has finished while no element came."""
        yield from self._emit(ctx, wait=False)

    def snapshot_state(self) -> list[Any]:
        """The elements whose results are not emitted yet."""
        return [(entry.value, entry.timestamp) for entry in self._open_entries]

    def restore_state(self, state: list[Any]) -> None:
        """Has open() start their calls again."""
        self._restored.extend(state)

    def _start(self, value: Any, timestamp: int) -> None:
        entry = _Entry(value, timestamp)
        self._open_entries.append(entry)
        asyncio.run_coroutine_threadsafe(self._call(entry), self._loop)

    def _emit(self, ctx: OperatorContext, wait: bool) -> Iterator[Any]:
        for entry in self._take(wait):
            if entry.error is not None:
                raise entry.error
            ctx.set_timestamp(entry.timestamp)
            yield from entry.results

    def _take(self, wait: bool) -> list[_Entry]:
        """Finished entries, at least one where wait is set."""
        entries = self._open_entries
        with self._finished:
            if wait:
                self._finished.wait_for(self._any_ready)
            if self._ordered:
                ready = []
                while entries and entries[0].done:
                    ready.append(entries.popleft())
                return ready
            ready = sorted((e for e in entries if e.done), key=lambda entry: entry.number)
            self._open_entries = deque(entry for entry in entries if not entry.done)
            return ready

    def _any_ready(self) -> bool:
        entries = self._open_entries
        return entries[0].done if self._ordered else any(entry.done for entry in entries)

    async def _call(self, entry: _Entry) -> None:
        try:
            timeout = self._timeout_ms / 1000 if self._timeout_ms > 0 else None
            try:
                results = await asyncio.wait_for(self._attempts(entry.value), timeout)
            except asyncio.TimeoutError:
                results = self._function.timeout(entry.value)
            entry.results = list(results)
        except Exception as error:
            entry.error = error
        finally:
            with self._finished:
                entry.done = True
                entry.number = next(self._numbers)
                self._finished.notify_all()

    async def _attempts(self, value: Any) -> list[Any]:
        """The results of the first attempt that needs no other."""
        retry, attempt = self._retry, 1
        while True:
            try:
                results: list[Any] = await self._function.async_invoke(value)
                again = retry and retry.get_retry_predicate().result_predicate()
                if not again or not again(results) or not retry or not retry.can_retry(attempt):
                    return results
            except asyncio.TimeoutError:
                raise
            except Exception as error:
                predicate = retry and retry.get_retry_predicate().exception_predicate()
                if not predicate or not predicate(error) or not retry:
                    raise
                if not retry.can_retry(attempt):
                    raise
            await asyncio.sleep(retry.get_backoff_time_millis(attempt) / 1000)
            attempt += 1
