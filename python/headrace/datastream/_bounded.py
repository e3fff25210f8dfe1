"""What a stream offers beyond Flink's DataStream API: joins, and the operations of a batch API.

Those that need all elements give their results when the input has ended, in either runtime mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from headrace.datastream._joined import CoGroupedStreams, JoinedStreams
    from headrace.datastream._partitioned import Order, PartitionWindowedStream, SortedStream
    from headrace.datastream._stream import DataStream
    from headrace.datastream.functions import KeySelector

T = TypeVar("T")
R = TypeVar("R")


class BoundedOperations(Generic[T]):
    """The part of DataStream that has to do with whole inputs."""

    def _this(self) -> DataStream[T]:
        return cast("DataStream[T]", self)._values()

    # ------------------------------------------------------------ two streams

    def join(self, other: DataStream[Any]) -> JoinedStreams:
        """Pairs of equal keys: .where(key).equal_to(key), .window(assigner) or none, .apply(f).

        Without a window both inputs are to be bounded, and the pairs come at their end.
        """
        return self._joined(other, "inner")

    def left_outer_join(self, other: DataStream[Any]) -> JoinedStreams:
        """A join in which an element of this stream that has no partner is paired with None."""
        return self._joined(other, "left")

    def right_outer_join(self, other: DataStream[Any]) -> JoinedStreams:
        """A join in which an element of the other that has no partner is paired with None."""
        return self._joined(other, "right")

    def full_outer_join(self, other: DataStream[Any]) -> JoinedStreams:
        """A join in which every element without a partner is paired with None."""
        return self._joined(other, "full")

    def _joined(self, other: DataStream[Any], kind: str) -> JoinedStreams:
        from headrace.datastream._joined import JoinedStreams

        return JoinedStreams(self._this(), other, kind)

    def co_group(self, other: DataStream[Any]) -> CoGroupedStreams:
        """Both groups of each key: .where(key).equal_to(key), .window(assigner) or none, .apply(f).

        Without a window both inputs are to be bounded, and the groups come at their end.
        """
        from headrace.datastream._joined import CoGroupedStreams

        return CoGroupedStreams(self._this(), other)

    def cross(
        self, other: DataStream[Any], func: Callable[[T, Any], R] | None = None
    ) -> DataStream[Any]:
        """All pairs of two bounded streams, as tuples or as the function makes them.

        The other stream goes to every subtask; what does not fit execution.sort-partition.memory
        is on disk.
        """
        from headrace.datastream._partitioned import cross

        return cross(self._this(), other, func)

    # ------------------------------------------------------------ partitions and order

    def full_window_partition(self) -> PartitionWindowedStream[T]:
        """The elements of each subtask as one, once the input has ended."""
        from headrace.datastream._partitioned import PartitionWindowedStream

        return PartitionWindowedStream(self._this())

    def range_partition(self, key_selector: Callable[[T], Any] | KeySelector) -> DataStream[T]:
        """Spreads bounded input so that each subtask has one range of the key's order.

        A sample of the keys makes the ranges about equal. Elements of one key are in one subtask
        unless they are more than a fifth of its share: these span neighbours.
        """
        from headrace.datastream._partitioned import range_partition

        return range_partition(self._this(), key_selector)

    def sort(
        self,
        field: int | str | Callable[[T], Any] | KeySelector,
        order: Order | None = None,
    ) -> SortedStream[T]:
        """Sorts bounded input as a whole, by a field's position or name, or by a key.

        Each subtask has one range of the order; execute_and_collect(), print() and in_order()
        give all elements in order.
        """
        from headrace.datastream._partitioned import Order, sort

        return sort(self._this(), field, order or Order.ASCENDING)

    # ------------------------------------------------------------ groups and samples

    def group_combine(
        self,
        key_selector: Callable[[T], Any] | KeySelector,
        func: Callable[[T, T], T],
        max_groups: int = 100_000,
    ) -> DataStream[T]:
        """Reduces bounded input by key in each subtask, before the elements travel.

        At most max_groups keys are held, and no more than execution.sort-partition.memory; what
        is beyond is emitted early, so that a reduce by key must follow. The result is the same
        without it.
        """
        from headrace.datastream._partitioned import group_combine

        return group_combine(self._this(), key_selector, func, max_groups)

    def distinct(self, key_selector: Callable[[T], Any] | None = None) -> DataStream[T]:
        """The first element of each key, or of each value."""
        from headrace.datastream._partitioned import FirstN

        stream = self._this()
        first = stream.key_by(key_selector or _itself).process(FirstN(1))
        return first.returns(stream._element_type())

    def first_n(self, n: int) -> DataStream[T]:
        """Any n elements, in one subtask; on a keyed stream, the first n of each key."""
        from headrace.datastream._partitioned import first_n

        return first_n(cast("DataStream[T]", self), n)

    def sample(
        self, fraction: float, with_replacement: bool = False, seed: int | None = None
    ) -> DataStream[T]:
        """Each element with a probability; with replacement, a Poisson number of times."""
        from headrace.datastream._numbering import sample

        return sample(self._this(), fraction, with_replacement, seed)

    def zip_with_unique_id(self) -> DataStream[Any]:
        """(id, element): numbers of which no two are alike."""
        from headrace.datastream._numbering import zip_with_unique_id

        return zip_with_unique_id(self._this())

    def zip_with_index(self) -> DataStream[Any]:
        """(index, element): the numbers from 0 on, those of a subtask being neighbours."""
        from headrace.datastream._numbering import zip_with_index

        return zip_with_index(self._this())

    def count(self) -> int:
        """Runs the program and says how many elements this stream has."""
        from headrace.datastream._numbering import count

        return count(self._this())


def _itself(value: Any) -> Any:
    return value
