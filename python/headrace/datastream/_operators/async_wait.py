"""Asynchronous calls: one event loop a subtask, results taken when they are there.

The coroutines run in a thread of their own. The operator hands them elements and, with each call
of the machinery, emits what has finished (poll comes by the clock); it waits only when as many
calls as allowed are open, before a watermark and at the end of the input. Elements whose calls are
open are part of a snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from headrace.datastream._operators.adapter import Adapter
from headrace.datastream._operators.host import OperatorContext
from headrace.datastream.functions import AsyncFunction, AsyncRetryStrategy

_LOOK_SECONDS = 0.05
_END_SECONDS = 5.0
"""How long a cancelled call may take to end."""


class _Entry:
    """An element, its time and what its call gave."""

    __slots__ = ("done", "error", "results", "timestamp", "value")

    def __init__(self, value: Any, timestamp: int) -> None:
        self.value = value
        self.timestamp = timestamp
        self.done = False
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
        self._open_entries: dict[_Entry, None] = {}  # in the order of the elements
        # What has finished, in that order. No lock of Python's: cancelling a job raises an
        # exception at any line, and it would stay taken.
        self._finished: queue.SimpleQueue[_Entry] = queue.SimpleQueue()
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
            asyncio.run_coroutine_threadsafe(self._end_calls(), self._loop)
            self._thread.join()
            self._loop.close()
        super().close()

    async def _end_calls(self) -> None:
        """Cancels the open calls, waits a while for what they do about it and ends the loop."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_END_SECONDS)
        self._loop.stop()

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
        self._open_entries[entry] = None
        asyncio.run_coroutine_threadsafe(self._call(entry), self._loop)

    def _emit(self, ctx: OperatorContext, wait: bool) -> Iterator[Any]:
        for entry in self._take(wait):
            if entry.error is not None:
                raise entry.error
            ctx.set_timestamp(entry.timestamp)
            yield from entry.results

    def _take(self, wait: bool) -> list[_Entry]:
        """Finished entries, at least one where wait is set."""
        finished: list[_Entry] = []
        while True:
            with contextlib.suppress(queue.Empty):
                while True:
                    finished.append(self._finished.get_nowait())
            if self._ordered:
                finished = list(itertools.takewhile(lambda e: e.done, self._open_entries))
            for entry in finished:
                del self._open_entries[entry]
            if finished or not wait:
                return finished
            with contextlib.suppress(queue.Empty):  # the interpreter looks whether to break off
                finished = [self._finished.get(timeout=_LOOK_SECONDS)]

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
            entry.done = True
            self._finished.put(entry)

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
