"""Asynchronous functions and when they are tried again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace.common.time import Time
from headrace.datastream._function import Function

if TYPE_CHECKING:
    from headrace.datastream.async_retry_strategies import (
        ExponentialBackoffDelayRetryStrategy,
        FixedDelayRetryStrategy,
        NoRetryStrategy,
    )

IN = TypeVar("IN", contravariant=True)
OUT = TypeVar("OUT")

ResultPredicate = Callable[[list[OUT]], bool]
ExceptionPredicate = Callable[[Exception], bool]


class AsyncFunction(Function, Generic[IN, OUT]):
    """Waits for something outside, for many elements at once.

    >>> class Lookup(AsyncFunction):
    ...     async def async_invoke(self, value):
    ...         return [value, value * 10]
    """

    @abstractmethod
    async def async_invoke(self, value: IN) -> list[OUT]:
        """The elements that take this one's place."""

    def timeout(self, value: IN) -> list[OUT]:
        """What to emit when the call takes too long; raises TimeoutError unless overridden."""
        raise TimeoutError(f"Async function call has timed out for input: {value}")


class AsyncRetryPredicate(ABC, Generic[OUT]):
    """Says which outcomes call for another attempt."""

    @abstractmethod
    def result_predicate(self) -> ResultPredicate[OUT] | None:
        """Given the results, whether to try again."""

    @abstractmethod
    def exception_predicate(self) -> ExceptionPredicate | None:
        """Given the exception, whether to try again."""


class AsyncRetryStrategy(ABC, Generic[OUT]):
    """Says whether and when to try again."""

    @abstractmethod
    def can_retry(self, current_attempts: int) -> bool:
        """Whether there may be another attempt after so many."""

    @abstractmethod
    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """How long to wait before the next attempt."""

    @abstractmethod
    def get_retry_predicate(self) -> AsyncRetryPredicate[OUT]:
        """Which outcomes call for another attempt."""

    @staticmethod
    def no_restart() -> NoRetryStrategy[Any]:
        """Never tries again."""
        from headrace.datastream.async_retry_strategies import NoRetryStrategy

        return NoRetryStrategy()

    @staticmethod
    def fixed_delay(
        max_attempts: int,
        backoff_time_millis: int,
        result_predicate: ResultPredicate[OUT] | None = None,
        exception_predicate: ExceptionPredicate | None = None,
    ) -> FixedDelayRetryStrategy[OUT]:
        """Waits the same time before each new attempt."""
        from headrace.datastream.async_retry_strategies import FixedDelayRetryStrategy

        return FixedDelayRetryStrategy(
            max_attempts, backoff_time_millis, result_predicate, exception_predicate
        )

    @staticmethod
    def exponential_backoff(
        max_attempts: int,
        initial_delay: int,
        max_retry_delay: int,
        multiplier: float,
        result_predicate: ResultPredicate[OUT] | None = None,
        exception_predicate: ExceptionPredicate | None = None,
    ) -> ExponentialBackoffDelayRetryStrategy[OUT]:
        """Waits longer each time, up to max_retry_delay milliseconds."""
        from headrace.datastream.async_retry_strategies import (
            ExponentialBackoffDelayRetryStrategy,
        )

        return ExponentialBackoffDelayRetryStrategy(
            max_attempts,
            initial_delay,
            max_retry_delay,
            multiplier,
            result_predicate,
            exception_predicate,
        )


class AsyncFunctionDescriptor:
    """An asynchronous function and how it is run."""

    class OutputMode(Enum):
        """Whether results keep the order of the elements."""

        ORDERED = 0
        UNORDERED = 1

    def __init__(
        self,
        async_function: AsyncFunction[IN, OUT],
        timeout: Time,
        capacity: int,
        async_retry_strategy: AsyncRetryStrategy[OUT],
        output_mode: OutputMode,
    ) -> None:
        self.async_function = async_function
        self.timeout = timeout
        self.capacity = capacity
        self.async_retry_strategy = async_retry_strategy
        self.output_mode = output_mode
