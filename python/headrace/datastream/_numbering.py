"""Numbers for the elements of a stream, samples and counts of it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.common.typeinfo import Types
from headrace.datastream._operators.partition import AtBothEnds, AtTheEnd
from headrace.datastream._operators.spill import Memory, Rows
from headrace.datastream.functions import ProcessFunction, RuntimeContext

if TYPE_CHECKING:
    from headrace.datastream._stream import DataStream

T = TypeVar("T")


def zip_with_unique_id(stream: DataStream[Any]) -> DataStream[Any]:
    """(id, element): n * parallelism + subtask."""
    return stream.process(_UniqueId()).name("ZipWithUniqueId")


def zip_with_index(stream: DataStream[Any]) -> DataStream[Any]:
    """(index, element): what the subtasks in front have, counted first."""
    pickled = Types.PICKLED_BYTE_ARRAY()
    # Both read what one operator emits, or the elements counted here could be numbered elsewhere.
    here = stream._python("map", "ZipWithIndex", _same, stream._element_type())
    counts = here._python("operator", "Count", _Counts(), pickled).broadcast()
    return here._python("co_operator", "ZipWithIndex", _Index(), pickled, counts)


def count(stream: DataStream[Any]) -> int:
    """The number of elements, by a job."""
    counts = stream._python("operator", "Count", _Counts(), Types.PICKLED_BYTE_ARRAY())
    with counts.execute_and_collect("count") as found:
        return sum(n for _, n in found)


def sample(
    stream: DataStream[T], fraction: float, with_replacement: bool, seed: int | None
) -> DataStream[T]:
    """Each element with a probability."""
    if fraction < 0 or (fraction > 1 and not with_replacement):
        limit = "0 or more" if with_replacement else "between 0 and 1"
        raise ValueError(f"sample(): the fraction must be {limit}, not {fraction}")
    function = _Sample(fraction, with_replacement, seed)
    return stream.process(function).returns(stream._element_type()).name("Sample")


def _same(value: Any) -> Any:
    return value


class _UniqueId(ProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self._next = runtime_context.get_index_of_this_subtask()
        self._step = runtime_context.get_number_of_parallel_subtasks()

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        number = self._next
        self._next += self._step
        return ((number, value),)


class _Sample(ProcessFunction):
    def __init__(self, fraction: float, with_replacement: bool, seed: int | None) -> None:
        self._fraction, self._with_replacement = fraction, with_replacement
        self._seed = seed

    def open(self, runtime_context: RuntimeContext) -> None:
        seed = self._seed
        subtask = runtime_context.get_index_of_this_subtask()
        self._random = random.Random(None if seed is None else f"{seed}/{subtask}")

    def process_element(self, value: Any, ctx: Any) -> Iterable[Any]:
        if not self._with_replacement:
            return (value,) if self._random.random() < self._fraction else ()
        return (value,) * self._poisson()

    def _poisson(self) -> int:
        bound, product, n = math.exp(-self._fraction), self._random.random(), 0
        while product > bound:
            product *= self._random.random()
            n += 1
        return n


class _Counts(AtTheEnd):
    """(subtask, number of elements), at the end."""

    def __init__(self) -> None:
        self._n = 0

    def open(self, runtime_context: Any) -> None:
        self._subtask = runtime_context.get_index_of_this_subtask()

    def process_element(self, value: Any, ctx: Any) -> None:
        self._n += 1

    def _results(self, ctx: Any) -> Iterable[Any]:
        n, self._n = self._n, 0
        return [(self._subtask, n)] if n else []

    def snapshot_state(self) -> list[Any]:
        return [self._n]

    def restore_state(self, state: list[Any]) -> None:
        self._n += sum(state)


class _Index(AtBothEnds):
    """Keeps the elements until all counts are there."""

    def __init__(self) -> None:
        self._before = 0
        self._restored: list[Any] = []

    def open(self, runtime_context: Any) -> None:
        self._subtask = runtime_context.get_index_of_this_subtask()
        memory = Memory.of(runtime_context)
        self._rows = Rows(memory.limit_bytes, memory.folder)
        restored, self._restored = self._restored, []
        for row in restored:
            self._rows.append(row)

    def close(self) -> None:
        if hasattr(self, "_rows"):
            self._rows.close()

    def process_element1(self, value: Any, ctx: Any) -> None:
        self._rows.append(value)

    def process_element2(self, value: tuple[int, int], ctx: Any) -> None:
        if value[0] < self._subtask:
            self._before += value[1]

    def _results(self, ctx: Any) -> Iterator[Any]:
        for row in self._rows.drain():
            yield self._before, row
            self._before += 1

    def snapshot_state(self) -> Iterable[Any]:
        return iter(self._rows)

    def restore_state(self, state: list[Any]) -> None:
        self._restored.extend(state)
