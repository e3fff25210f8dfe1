"""Windows over keyed and non-keyed streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from headrace.common.time import Duration, Time, millis_of
from headrace.common.typeinfo import TypeInformation
from headrace.datastream import _checks as check
from headrace.datastream._end_of_stream import end_of_stream_option
from headrace.datastream._operators.aggregation import Aggregation
from headrace.datastream._operators.contents import (
    AggregatedContents,
    Contents,
    ListContents,
    ReducedContents,
)
from headrace.datastream._operators.fixed_window import window_operator
from headrace.datastream._operators.key_by_key import KeyByKey
from headrace.datastream._operators.window import WindowOperator
from headrace.datastream._operators.window_function import Emission, emission_of
from headrace.datastream.functions import (
    AggregateFunction,
    AllWindowFunction,
    NullByteKeySelector,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    ReduceFunction,
    WindowFunction,
)
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.window import (
    CountSlidingWindowAssigner,
    CountTumblingWindowAssigner,
    Evictor,
    MergingWindowAssigner,
    Trigger,
    WindowAssigner,
)

if TYPE_CHECKING:
    from headrace.datastream._keyed import KeyedStream
    from headrace.datastream._stream import DataStream
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment

KeyedFunction: TypeAlias = (
    "WindowFunction[Any, Any, Any, Any] | ProcessWindowFunction[Any, Any, Any, Any]"
)
AllFunction: TypeAlias = (
    "AllWindowFunction[Any, Any, Any] | ProcessAllWindowFunction[Any, Any, Any]"
)

T = TypeVar("T")
F = TypeVar("F")
W = TypeVar("W", bound="_Windowed[Any, Any]")


def count_windows(size: int, slide: int) -> WindowAssigner[Any, Any]:
    """The assigner of count_window(size, slide); a slide of 0 is the size."""
    if slide in (0, size):
        return CountTumblingWindowAssigner.of(size)
    return CountSlidingWindowAssigner.of(size, slide)


class _Windowed(Generic[T, F]):
    """What windows over keyed and non-keyed streams share."""

    _functions: tuple[type, ...] = (WindowFunction, ProcessWindowFunction)
    _function_names = "a WindowFunction or ProcessWindowFunction"

    def __init__(
        self, keyed_stream: KeyedStream[T, Any], window_assigner: WindowAssigner[Any, Any]
    ) -> None:
        if not isinstance(window_assigner, WindowAssigner):
            raise TypeError(
                "window() takes a WindowAssigner, as in "
                f"TumblingEventTimeWindows.of(Time.seconds(5)), not {window_assigner!r}"
            )
        self._keyed_stream = keyed_stream
        self._assigner = window_assigner
        self._trigger: Trigger[Any, Any] | None = None
        self._evictor: Evictor | None = None
        self._lateness_ms = 0
        self._late_tag: OutputTag | None = None

    def get_execution_environment(self) -> StreamExecutionEnvironment:
        """The environment."""
        return self._keyed_stream.get_execution_environment()

    def get_input_type(self) -> TypeInformation:
        """The type of the elements in the windows."""
        return self._keyed_stream._element_type()

    def trigger(self: W, trigger: Trigger[Any, Any]) -> W:
        """Says when a window gives its results, in place of the assigner's own trigger."""
        if not isinstance(trigger, Trigger):
            raise TypeError(f"trigger() takes a Trigger, as in CountTrigger.of(3), not {trigger!r}")
        self._trigger = trigger
        return self

    def evictor(self: W, evictor: Evictor) -> W:
        """Leaves elements out before or after the window function sees them."""
        if not isinstance(evictor, Evictor):
            raise TypeError(
                f"evictor() takes an Evictor, as in CountEvictor.of(3), not {evictor!r}"
            )
        self._evictor = evictor
        return self

    def allowed_lateness(self: W, time_ms: int | Time | Duration) -> W:
        """How long after its end a window still takes elements, firing for each."""
        millis = millis_of(time_ms, "time_ms")
        if millis < 0:
            raise ValueError("The allowed lateness cannot be negative.")
        self._lateness_ms = millis
        return self

    def side_output_late_data(self: W, output_tag: OutputTag) -> W:
        """Sends elements that are too late to a side output."""
        if not isinstance(output_tag, OutputTag):
            raise TypeError(f"side_output_late_data() takes an OutputTag, not {output_tag!r}")
        self._late_tag = output_tag
        return self

    def reduce(
        self,
        reduce_function: Callable[[T, T], T] | ReduceFunction,
        window_function: F | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Joins a window's elements as they come; the function gets the one that is left."""
        return self._reduce(reduce_function, window_function, output_type)

    def aggregate(
        self,
        aggregate_function: AggregateFunction,
        window_function: F | None = None,
        accumulator_type: TypeInformation | None = None,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Folds a window's elements as they come; the function gets the result."""
        check.optional_type(accumulator_type, "accumulator_type")
        return self._aggregate(aggregate_function, window_function, output_type)

    def apply(
        self, window_function: F, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """Gives a function all elements of a window."""
        return self._whole(window_function, output_type)

    def process(
        self, process_window_function: F, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """Gives a function all elements of a window, with time and state."""
        return self._whole(process_window_function, output_type)

    def sum(self, position_to_sum: int | str = 0) -> DataStream[T]:
        """Adds up a field of a window's elements."""
        return self._field("sum", position_to_sum)

    def min(self, position_to_min: int | str = 0) -> DataStream[T]:
        """The smallest value of a field, in the window's first element."""
        return self._field("min", position_to_min)

    def max(self, position_to_max: int | str = 0) -> DataStream[T]:
        """The largest value of a field, in the window's first element."""
        return self._field("max", position_to_max)

    def min_by(self, position_to_min_by: int | str = 0) -> DataStream[T]:
        """The window's element with the smallest value of a field."""
        return self._field("min_by", position_to_min_by)

    def max_by(self, position_to_max_by: int | str = 0) -> DataStream[T]:
        """The window's element with the largest value of a field."""
        return self._field("max_by", position_to_max_by)

    def _reduce(
        self, function: Any, window_function: Any, output_type: TypeInformation | None
    ) -> DataStream[Any]:
        check.function(function, ReduceFunction, "reduce(lambda a, b: a + b)")
        if window_function is None:
            output = self.get_input_type() if output_type is None else output_type
        else:
            output = check.output_type(output_type)
        return self._operate(ReducedContents(function), self._emission(window_function), output)

    def _aggregate(
        self, function: Any, window_function: Any, output_type: TypeInformation | None
    ) -> DataStream[Any]:
        if not isinstance(function, AggregateFunction):
            raise TypeError(
                "aggregate() takes an AggregateFunction: subclass it and define "
                f"create_accumulator, add, get_result and merge; got {type(function).__name__}"
            )
        output = check.output_type(output_type)
        return self._operate(AggregatedContents(function), self._emission(window_function), output)

    def _whole(self, function: Any, output_type: TypeInformation | None) -> DataStream[Any]:
        if function is None:
            raise TypeError(f"window_function should be {self._function_names}, not None")
        emission = self._emission(function)
        return self._operate(ListContents(), emission, check.output_type(output_type))

    def _field(self, kind: str, position: int | str) -> DataStream[T]:
        return self._reduce(Aggregation(kind, position), None, None)

    def _emission(self, window_function: Any) -> Emission:
        if window_function is not None and not isinstance(window_function, self._functions):
            raise TypeError(
                f"window_function should be {self._function_names}, "
                f"not {type(window_function).__name__}"
            )
        return emission_of(window_function)

    def _operate(
        self, contents: Contents, emission: Emission, output: TypeInformation
    ) -> DataStream[Any]:
        operator = window_operator(
            self._assigner,
            self._checked_trigger(),
            self._trigger is not None,
            contents,
            emission,
            self._lateness_ms,
            self._late_tag,
            self._evictor,
        )
        name = type(self._assigner).__name__
        options = end_of_stream_option(self._assigner, self._trigger)
        run: WindowOperator | KeyByKey = operator
        if options and self._evictor is None and isinstance(contents, ListContents):
            run = KeyByKey(operator, emission)
        result = self._keyed_stream._python("keyed_operator", name, run, output, options=options)
        result._node.description = (
            f"Window({self._assigner!r}, {type(operator._trigger).__name__}, "
            f"{type(emission.function or contents).__name__})"
        )
        return result

    def _checked_trigger(self) -> Trigger[Any, Any]:
        trigger = self._trigger or self._assigner.get_default_trigger(
            self.get_execution_environment()
        )
        if isinstance(self._assigner, MergingWindowAssigner) and not trigger.can_merge():
            raise TypeError(
                "A merging window assigner cannot be used with a trigger that does not support "
                f"merging: let {type(trigger).__name__}.can_merge() return True and define "
                "on_merge()"
            )
        return trigger


class WindowedStream(_Windowed[T, KeyedFunction]):
    """Windows of each key of a keyed stream.

    >>> from headrace.common import Time
    >>> from headrace.datastream import StreamExecutionEnvironment
    >>> from headrace.datastream.window import TumblingEventTimeWindows
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> keyed = env.from_collection([("a", 1)]).key_by(lambda e: e[0])
    >>> keyed.window(TumblingEventTimeWindows.of(Time.seconds(5))).sum(1).get_name()
    'TumblingEventTimeWindows'
    """


class AllWindowedStream(_Windowed[T, AllFunction]):
    """Windows over all elements of a stream, in one subtask."""

    _functions = (AllWindowFunction, ProcessAllWindowFunction)
    _function_names = "a AllWindowFunction or ProcessAllWindowFunction"

    def __init__(
        self, data_stream: DataStream[T], window_assigner: WindowAssigner[Any, Any]
    ) -> None:
        super().__init__(data_stream.key_by(NullByteKeySelector()), window_assigner)

    def _operate(
        self, contents: Contents, emission: Emission, output: TypeInformation
    ) -> DataStream[Any]:
        return super()._operate(contents, emission, output).force_non_parallel()
