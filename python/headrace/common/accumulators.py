"""Values that functions add to and that the program reads from a job's result.

Every subtask has accumulators of its own; those of one name are merged when the job is asked for
them. They are as of the last attempt and no part of checkpoints, as in Flink: for a metric or a
check at a job's end, not for state.

>>> counter = IntCounter()
>>> counter.add(3)
>>> other = IntCounter(4)
>>> counter.merge(other)
>>> counter.get_local_value()
7
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

__all__ = [
    "Accumulator",
    "AverageAccumulator",
    "DoubleCounter",
    "DoubleMaximum",
    "DoubleMinimum",
    "Histogram",
    "IntCounter",
    "IntMaximum",
    "IntMinimum",
    "ListAccumulator",
    "LongCounter",
    "LongMaximum",
    "LongMinimum",
    "SimpleAccumulator",
]

V = TypeVar("V")
R = TypeVar("R")
N = TypeVar("N", int, float)


class Accumulator(ABC, Generic[V, R]):
    """Takes values of V one at a time and holds a result of R.

    A class of one's own needs these four methods and, where a deep copy would not do, clone().
    """

    @abstractmethod
    def add(self, value: V) -> None:
        """Takes a value."""

    @abstractmethod
    def get_local_value(self) -> R:
        """The result of what this one has taken."""

    @abstractmethod
    def reset_local(self) -> None:
        """Forgets what was taken."""

    @abstractmethod
    def merge(self, other: Any) -> None:
        """Takes what another accumulator of this class has taken."""

    def clone(self) -> Any:
        """An equal accumulator that shares nothing with this one."""
        return copy.deepcopy(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.get_local_value()}"


class SimpleAccumulator(Accumulator[V, V]):
    """An accumulator whose result is of the kind of its values."""


class _Sum(SimpleAccumulator[N]):
    _zero: N

    def __init__(self, value: N | None = None) -> None:
        self._value: N = self._zero if value is None else value

    def add(self, value: N) -> None:
        """Adds a value."""
        self._value += value

    def get_local_value(self) -> N:
        """The sum."""
        return self._value

    def get_local_value_primitive(self) -> N:
        """The sum."""
        return self._value

    def reset_local(self) -> None:
        """Back to zero."""
        self._value = self._zero

    def merge(self, other: _Sum[N]) -> None:
        """Adds the other's sum."""
        self._value += other._value


class IntCounter(_Sum[int]):
    """The sum of integers."""

    _zero = 0


class LongCounter(_Sum[int]):
    """The sum of integers; one with IntCounter but for its name."""

    _zero = 0


class DoubleCounter(_Sum[float]):
    """The sum of floats."""

    _zero = 0.0


class _Extreme(SimpleAccumulator[N]):
    _start: N
    _greatest: bool

    def __init__(self, value: N | None = None) -> None:
        self._value: N = self._start if value is None else value

    def add(self, value: N) -> None:
        """Looks at a value."""
        if (value > self._value) is self._greatest:
            self._value = value

    def get_local_value(self) -> N:
        """The greatest or smallest value."""
        return self._value

    def get_local_value_primitive(self) -> N:
        """The greatest or smallest value."""
        return self._value

    def reset_local(self) -> None:
        """Forgets the values."""
        self._value = self._start

    def merge(self, other: _Extreme[N]) -> None:
        """Looks at the other's value."""
        self.add(other._value)


class IntMaximum(_Extreme[int]):
    """The greatest integer; -2147483648 before the first."""

    _start = -(1 << 31)
    _greatest = True


class IntMinimum(_Extreme[int]):
    """The smallest integer; 2147483647 before the first."""

    _start = (1 << 31) - 1
    _greatest = False


class LongMaximum(_Extreme[int]):
    """The greatest integer; -9223372036854775808 before the first."""

    _start = -(1 << 63)
    _greatest = True


class LongMinimum(_Extreme[int]):
    """The smallest integer; 9223372036854775807 before the first."""

    _start = (1 << 63) - 1
    _greatest = False


class DoubleMaximum(_Extreme[float]):
    """The greatest float; -inf before the first."""

    _start = float("-inf")
    _greatest = True


class DoubleMinimum(_Extreme[float]):
    """The smallest float; inf before the first."""

    _start = float("inf")
    _greatest = False


class AverageAccumulator(SimpleAccumulator[float]):
    """The mean of numbers; 0.0 before the first."""

    def __init__(self) -> None:
        self._count, self._sum = 0, 0.0

    def add(self, value: float) -> None:
        """Takes a number."""
        self._count += 1
        self._sum += value

    def get_local_value(self) -> float:
        """The mean."""
        return self._sum / self._count if self._count else 0.0

    def reset_local(self) -> None:
        """Forgets the numbers."""
        self._count, self._sum = 0, 0.0

    def merge(self, other: AverageAccumulator) -> None:
        """Takes the other's numbers."""
        self._count += other._count
        self._sum += other._sum


class Histogram(Accumulator[int, "dict[int, int]"]):
    """How often each integer was added, in the order of the integers."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, value: int) -> None:
        """Counts a value."""
        self._counts[value] = self._counts.get(value, 0) + 1

    def get_local_value(self) -> dict[int, int]:
        """The counts by value."""
        return dict(sorted(self._counts.items()))

    def reset_local(self) -> None:
        """Forgets the counts."""
        self._counts = {}

    def merge(self, other: Histogram) -> None:
        """Adds the other's counts."""
        for value, count in other._counts.items():
            self._counts[value] = self._counts.get(value, 0) + count


class ListAccumulator(Accumulator[V, "list[V]"]):
    """All values, those of a subtask in the order they came."""

    def __init__(self) -> None:
        self._values: list[V] = []

    def add(self, value: V) -> None:
        """Keeps a copy of a value."""
        self._values.append(copy.deepcopy(value))

    def get_local_value(self) -> list[V]:
        """The values."""
        return list(self._values)

    def reset_local(self) -> None:
        """Forgets the values."""
        self._values = []

    def merge(self, other: ListAccumulator[V]) -> None:
        """Takes the other's values behind its own."""
        self._values.extend(other._values)
