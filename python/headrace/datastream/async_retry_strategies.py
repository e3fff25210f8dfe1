"""When an asynchronous call is tried again."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from headrace.datastream._async_functions import (
    AsyncRetryPredicate,
    AsyncRetryStrategy,
    ExceptionPredicate,
    ResultPredicate,
)

__all__ = [
    "ExponentialBackoffDelayRetryStrategy",
    "FixedDelayRetryStrategy",
    "NoRetryStrategy",
    "RetryPredicate",
]

OUT = TypeVar("OUT")


class RetryPredicate(AsyncRetryPredicate[OUT], Generic[OUT]):
    """Two predicates as one object; None never asks for another attempt."""

    def __init__(
        self,
        result_predicate: ResultPredicate[OUT] | None,
        exception_predicate: ExceptionPredicate | None,
    ) -> None:
        self._result = result_predicate
        self._exception = exception_predicate

    def result_predicate(self) -> ResultPredicate[OUT] | None:
        """Given the results, whether to try again."""
        return self._result

    def exception_predicate(self) -> ExceptionPredicate | None:
        """Given the exception, whether to try again."""
        return self._exception


class NoRetryStrategy(AsyncRetryStrategy[OUT], Generic[OUT]):
    """Never tries again."""

    def can_retry(self, current_attempts: int) -> bool:
        """False."""
        return False

    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """-1: there is no next attempt."""
        return -1

    def get_retry_predicate(self) -> AsyncRetryPredicate[Any]:
        """A predicate that asks for nothing."""
        return RetryPredicate(None, None)


class FixedDelayRetryStrategy(AsyncRetryStrategy[OUT], Generic[OUT]):
    """The same delay before each new attempt.

    >>> FixedDelayRetryStrategy(3, 100, None, None).can_retry(3)
    True
    """

    def __init__(
        self,
        max_attempts: int,
        backoff_time_millis: int,
        result_predicate: ResultPredicate[OUT] | None = None,
        exception_predicate: ExceptionPredicate | None = None,
    ) -> None:
        if max_attempts <= 0 or backoff_time_millis <= 0:
            raise ValueError("max_attempts and backoff_time_millis must be greater than zero")
        self._max_attempts = max_attempts
        self._backoff_ms = backoff_time_millis
        self._predicate = RetryPredicate(result_predicate, exception_predicate)

    def can_retry(self, current_attempts: int) -> bool:
        """Whether that attempt is one of the max_attempts."""
        return current_attempts <= self._max_attempts

    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """The delay."""
        return self._backoff_ms

    def get_retry_predicate(self) -> AsyncRetryPredicate[OUT]:
        """The two predicates."""
        return self._predicate


class ExponentialBackoffDelayRetryStrategy(AsyncRetryStrategy[OUT], Generic[OUT]):
    """A delay that grows by a factor, up to a limit.

    >>> s = ExponentialBackoffDelayRetryStrategy(5, 100, 300, 2.0)
    >>> [s.get_backoff_time_millis(i) for i in (1, 2, 3, 4)]
    [100, 200, 300, 300]
    """

    def __init__(
        self,
        max_attempts: int,
        initial_delay: int,
        max_retry_delay: int,
        multiplier: float,
        result_predicate: ResultPredicate[OUT] | None = None,
        exception_predicate: ExceptionPredicate | None = None,
    ) -> None:
        if max_attempts <= 0 or initial_delay <= 0 or max_retry_delay <= 0 or multiplier <= 0:
            raise ValueError("attempts, delays and the multiplier must be greater than zero")
        self._max_attempts = max_attempts
        self._initial_ms = initial_delay
        self._max_ms = max_retry_delay
        self._multiplier = multiplier
        self._predicate = RetryPredicate(result_predicate, exception_predicate)

    def can_retry(self, current_attempts: int) -> bool:
        """Whether that attempt is one of the max_attempts."""
        return current_attempts <= self._max_attempts

    def get_backoff_time_millis(self, current_attempts: int) -> int:
        """The delay after so many attempts, counted from 1."""
        grown = self._initial_ms * self._multiplier ** max(0, current_attempts - 1)
        return int(min(self._max_ms, grown))

    def get_retry_predicate(self) -> AsyncRetryPredicate[OUT]:
        """The two predicates."""
        return self._predicate
