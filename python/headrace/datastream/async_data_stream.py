"""Asynchronous calls over streams."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from headrace.common.time import Time, millis_of
from headrace.common.typeinfo import TypeInformation
from headrace.datastream import _checks as check
from headrace.datastream._stream import DataStream
from headrace.datastream.functions import AsyncFunction, AsyncRetryStrategy

__all__ = ["AsyncDataStream"]

IN = TypeVar("IN")
OUT = TypeVar("OUT")


class AsyncDataStream:
    """Runs an AsyncFunction over a stream, with many elements waiting at a time.

    >>> from headrace.datastream import AsyncFunction, StreamExecutionEnvironment
    >>> class Lookup(AsyncFunction):
    ...     async def async_invoke(self, value):
    ...         return [value * 10]
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> ds = env.from_collection([1, 2])
    >>> AsyncDataStream.ordered_wait(ds, Lookup(), Time.seconds(5)).get_name()
    'async wait operator'
    """

    @staticmethod
    def unordered_wait(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Emits results as they come; watermarks stay behind the elements before them."""
        return _wait(data_stream, async_function, timeout, capacity, False, None, output_type)

    @staticmethod
    def unordered_wait_with_retry(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Time,
        async_retry_strategy: AsyncRetryStrategy[OUT],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """The same, trying again as the strategy says; the timeout is that of all attempts."""
        _check_retry(async_retry_strategy, timeout)
        return _wait(
            data_stream, async_function, timeout, capacity, False, async_retry_strategy, output_type
        )

    @staticmethod
    def ordered_wait(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Time,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Emits results in the order of the elements."""
        return _wait(data_stream, async_function, timeout, capacity, True, None, output_type)

    @staticmethod
    def ordered_wait_with_retry(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Time,
        async_retry_strategy: AsyncRetryStrategy[OUT],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """The same, trying again as the strategy says; the timeout is that of all attempts."""
        _check_retry(async_retry_strategy, timeout)
        return _wait(
            data_stream, async_function, timeout, capacity, True, async_retry_strategy, output_type
        )


def _wait(
    stream: DataStream[Any],
    function: AsyncFunction[Any, Any],
    timeout: Time,
    capacity: int,
    ordered: bool,
    retry: AsyncRetryStrategy[Any] | None,
    output_type: TypeInformation | None,
) -> DataStream[Any]:
    # Imported here because asyncio takes its time and few programs need it.
    from headrace.datastream._operators.async_wait import AsyncWait

    if not isinstance(function, AsyncFunction):
        raise TypeError(
            "an AsyncFunction is needed: subclass it and define `async def async_invoke(self, "
            f"value)`; got {type(function).__name__}"
        )
    if not inspect.iscoroutinefunction(function.async_invoke):
        raise check.refused(
            f"Method 'async_invoke' of class '{type(function).__name__}' should be declared as "
            "'async def'."
        )
    if capacity < 1:
        raise ValueError(f"capacity must be 1 or more, not {capacity}")
    operator = AsyncWait(function, millis_of(timeout, "timeout"), capacity, ordered, retry)
    output = check.output_type(output_type)
    return stream._values()._python("operator", "async wait operator", operator, output)


def _check_retry(strategy: AsyncRetryStrategy[Any], timeout: Time) -> None:
    if strategy is None:
        raise check.refused("Async retry strategy should not be None.")
    if millis_of(timeout, "timeout") <= 0:
        raise check.refused("Timeout should be configured when do async with retry.")
    if strategy.get_retry_predicate() is None:
        name = type(strategy).__name__
        raise check.refused(f"Retry predicate of the async retry strategy '{name}' is None.")
