"""Elements made by a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headrace.common.typeinfo import TypeInformation, Types
from headrace.datastream._stream import DataStream
from headrace.datastream.connectors.base import Source
from headrace.datastream.functions import MapFunction

__all__ = ["DataGeneratorSource", "RateLimiterStrategy"]


class RateLimiterStrategy:
    """How many elements a second are made.

    >>> RateLimiterStrategy.per_second(100).rows_per_second
    100
    """

    def __init__(self, rows_per_second: float | None) -> None:
        self.rows_per_second = rows_per_second

    @staticmethod
    def per_second(records_per_second: float) -> RateLimiterStrategy:
        """At most so many, over all subtasks."""
        if records_per_second <= 0:
            raise ValueError("a rate must be greater than zero")
        return RateLimiterStrategy(records_per_second)

    @staticmethod
    def no_op() -> RateLimiterStrategy:
        """As many as possible."""
        return RateLimiterStrategy(None)


class DataGeneratorSource(Source):
    """Applies a function to the numbers from 0 to count - 1.

    >>> source = DataGeneratorSource(lambda i: f"user-{i}", 1000, Types.STRING())
    """

    def __init__(
        self,
        generator_function: Callable[[int], Any] | MapFunction,
        count: int,
        type_info: TypeInformation | None = None,
        rate_limiter_strategy: RateLimiterStrategy | None = None,
    ) -> None:
        if count < 1:
            raise ValueError(f"count must be 1 or more, not {count}")
        if not callable(generator_function) and not isinstance(generator_function, MapFunction):
            raise TypeError(f"a generator function is needed, not {generator_function!r}")
        options = {"start": "0", "end": str(count - 1)}
        rate = rate_limiter_strategy and rate_limiter_strategy.rows_per_second
        if rate:
            options["rows-per-second"] = str(rate)
        super().__init__("number-sequence", options, Types.LONG())
        self._generator = generator_function
        self._output = type_info
        self._transform = self._generate

    def _generate(
        self, numbers: DataStream[Any], type_info: TypeInformation | None
    ) -> DataStream[Any]:
        name = numbers.get_name()
        return numbers.map(self._generator, type_info or self._output).name(name)
