"""Window joins, co-groups and interval joins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from headrace.common.time import Duration, Time, millis_of
from headrace.common.typeinfo import TypeInformation
from headrace.datastream import _checks as check
from headrace.datastream._end_of_stream import end_of_stream_option
from headrace.datastream._operators import interval_join
from headrace.datastream._operators.contents import ListContents
from headrace.datastream._operators.key_by_key import KeyByKeyOfTwo
from headrace.datastream._operators.window import CoWindowOperator
from headrace.datastream._operators.window_function import CoGroup, Emission, Pairs
from headrace.datastream.functions import (
    CoGroupFunction,
    JoinFunction,
    KeySelector,
    ProcessJoinFunction,
)
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.window import (
    Evictor,
    GlobalWindows,
    MergingWindowAssigner,
    Trigger,
    WindowAssigner,
)

if TYPE_CHECKING:
    from headrace.datastream._keyed import KeyedStream
    from headrace.datastream._stream import DataStream

Key = Callable[[Any], Any] | KeySelector


class _TwoStreams:
    """Two streams that are to be joined: first the keys, then the window, then the function."""

    def __init__(self, first: DataStream[Any], second: DataStream[Any]) -> None:
        self._first, self._second = first, second
        self._keys: list[Key] = []
        self._assigner: WindowAssigner[Any, Any] | None = None
        self._trigger: Trigger[Any, Any] | None = None
        self._evictor: Evictor | None = None
        self._lateness_ms = 0

    def _operate(
        self, name: str, emission: Emission, output_type: TypeInformation | None
    ) -> DataStream[Any]:
        if len(self._keys) != 2:
            raise ValueError(f"{name} needs .where(key).equal_to(key) before apply()")
        assigner = self._assigner or GlobalWindows.create_with_end_of_stream_trigger()
        trigger = self._trigger or assigner.get_default_trigger(self._first._env)
        if isinstance(assigner, MergingWindowAssigner) and not trigger.can_merge():
            raise TypeError(f"{type(trigger).__name__} does not support windows that merge")
        operator = CoWindowOperator(
            assigner,
            trigger,
            ListContents(),
            emission,
            self._lateness_ms,
            None,
            self._evictor,
        )
        options = end_of_stream_option(assigner, self._trigger)
        run: CoWindowOperator | KeyByKeyOfTwo = operator
        if options and self._evictor is None:
            run = KeyByKeyOfTwo(operator, emission)
        keys = self._keys
        second = self._second.key_by(keys[1])
        output = check.output_type(output_type)
        return self._first.key_by(keys[0])._python(
            "keyed_co_operator",
            name,
            run,
            output,
            second,
            options=options,
        )

    def _add_key(self, key_selector: Key) -> None:
        check.key_selector(key_selector)
        self._keys.append(key_selector)


class JoinedStreams(_TwoStreams):
    """A join: all pairs of one key and window, or of one key of two bounded streams.

    >>> a.join(b).where(key).equal_to(key).window(assigner).apply(f)  # doctest: +SKIP
    """

    def __init__(self, first: DataStream[Any], second: DataStream[Any], kind: str) -> None:
        super().__init__(first, second)
        self._kind = kind  # inner, left, right or full

    def where(self, key_selector: Key) -> JoinedStreams:
        """The key of the first stream."""
        self._add_key(key_selector)
        return self

    def equal_to(self, key_selector: Key) -> JoinedStreams:
        """The key of the second stream."""
        self._add_key(key_selector)
        return self

    def window(self, assigner: WindowAssigner[Any, Any]) -> JoinedStreams:
        """The windows."""
        self._assigner = assigner
        return self

    def trigger(self, trigger: Trigger[Any, Any]) -> JoinedStreams:
        """When a window gives its results."""
        self._trigger = trigger
        return self

    def evictor(self, evictor: Evictor) -> JoinedStreams:
        """Which elements are left out; they are (side, element) pairs, the sides 0 and 1."""
        self._evictor = evictor
        return self

    def allowed_lateness(self, time_ms: int | Time | Duration) -> JoinedStreams:
        """How long after its end a window still takes elements."""
        self._lateness_ms = millis_of(time_ms, "time_ms")
        return self

    def apply(
        self,
        function: Callable[[Any, Any], Any] | JoinFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Makes an element of each pair."""
        check.function(function, JoinFunction, "apply(lambda a, b: (a, b))")
        return self._operate("Join", Pairs(function, self._kind), output_type)


class CoGroupedStreams(_TwoStreams):
    """A window co-group: both sides of one key and window, of which one may be empty.

    >>> a.co_group(b).where(key).equal_to(key).window(assigner).apply(f)  # doctest: +SKIP
    """

    def where(self, key_selector: Key) -> CoGroupedStreams:
        """The key of the first stream."""
        self._add_key(key_selector)
        return self

    def equal_to(self, key_selector: Key) -> CoGroupedStreams:
        """The key of the second stream."""
        self._add_key(key_selector)
        return self

    def window(self, assigner: WindowAssigner[Any, Any]) -> CoGroupedStreams:
        """The windows."""
        self._assigner = assigner
        return self

    def trigger(self, trigger: Trigger[Any, Any]) -> CoGroupedStreams:
        """When a window gives its results."""
        self._trigger = trigger
        return self

    def evictor(self, evictor: Evictor) -> CoGroupedStreams:
        """Which elements are left out; they are (side, element) pairs, the sides 0 and 1."""
        self._evictor = evictor
        return self

    def allowed_lateness(self, time_ms: int | Time | Duration) -> CoGroupedStreams:
        """How long after its end a window still takes elements."""
        self._lateness_ms = millis_of(time_ms, "time_ms")
        return self

    def apply(
        self,
        function: Callable[[Any, Any], Any] | CoGroupFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Gives a function the two groups as lists."""
        check.function(function, CoGroupFunction, "apply(lambda first, second: [...])")
        return self._operate("CoGroup", CoGroup(function), output_type)


class IntervalJoin:
    """Pairs of elements of one key whose times are near: left + lower <= right <= left + upper.

    >>> a.interval_join(b).between(Time.seconds(-1), Time.seconds(1))  # doctest: +SKIP
    """

    def __init__(self, left: KeyedStream[Any, Any], right: KeyedStream[Any, Any]) -> None:
        self._left, self._right = left, right
        self._lower_ms: int | None = None
        self._upper_ms = 0
        self._lower_exclusive = self._upper_exclusive = 0
        self._late: list[OutputTag | None] = [None, None]

    def in_event_time(self) -> IntervalJoin:
        """Event time, the only one there is."""
        return self

    def between(
        self, lower_bound: Time | Duration | int, upper_bound: Time | Duration | int
    ) -> IntervalJoin:
        """How far the right element may lie from the left one, both bounds inclusive."""
        self._lower_ms = millis_of(lower_bound, "lower_bound")
        self._upper_ms = millis_of(upper_bound, "upper_bound")
        if self._lower_ms > self._upper_ms:
            raise ValueError(
                f"the lower bound ({self._lower_ms} ms) must not be above the upper bound "
                f"({self._upper_ms} ms)"
            )
        return self

    def lower_bound_exclusive(self) -> IntervalJoin:
        """Leaves the lower bound itself out."""
        self._lower_exclusive = 1
        return self

    def upper_bound_exclusive(self) -> IntervalJoin:
        """Leaves the upper bound itself out."""
        self._upper_exclusive = 1
        return self

    def side_output_left_late_data(self, output_tag: OutputTag) -> IntervalJoin:
        """Sends late left elements to a side output."""
        self._late[0] = output_tag
        return self

    def side_output_right_late_data(self, output_tag: OutputTag) -> IntervalJoin:
        """Sends late right elements to a side output."""
        self._late[1] = output_tag
        return self

    def process(
        self, function: ProcessJoinFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """Gives a function each pair."""
        if not isinstance(function, ProcessJoinFunction):
            raise TypeError(
                "interval_join(...).process() takes a ProcessJoinFunction: subclass it and define "
                f"process_element(left, right, ctx); got {type(function).__name__}"
            )
        if self._lower_ms is None:
            raise ValueError("interval_join() needs .between(lower, upper) before process()")
        operator = interval_join.IntervalJoin(
            function,
            self._lower_ms + self._lower_exclusive,
            self._upper_ms - self._upper_exclusive,
            (self._late[0], self._late[1]),
        )
        return self._left._python(
            "keyed_co_operator",
            "Interval Join",
            operator,
            check.output_type(output_type),
            self._right,
        )
