"""Streams that are not keyed."""

from __future__ import annotations

import builtins
import html
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from headrace.common.execution_config import ExecutionConfig
from headrace.common.typeinfo import TupleTypeInfo, TypeInformation, Types
from headrace.common.watermark_strategy import WatermarkStrategy
from headrace.datastream import _checks as check
from headrace.datastream import _fields
from headrace.datastream import _inferred as inferred
from headrace.datastream._bounded import BoundedOperations
from headrace.datastream._collect import CloseableIterator, first
from headrace.datastream._graph import Json, Node, Upstream, UserFunction, type_json
from headrace.datastream._printing import PrintText
from headrace.datastream._sink import DataStreamSink, checked_hash, checked_parallelism
from headrace.datastream._watermark import watermark_json
from headrace.datastream.functions import (
    FilterFunction,
    FlatMapFunction,
    KeySelector,
    MapFunction,
    Partitioner,
    ProcessFunction,
    SinkFunction,
)
from headrace.datastream.output_tag import OutputTag
from headrace.datastream.slot_sharing_group import SlotSharingGroup, group_name
from headrace.datastream.state import MapStateDescriptor
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace.datastream._cached import CachedDataStream
    from headrace.datastream._connected import (
        BroadcastConnectedStream,
        BroadcastStream,
        ConnectedStreams,
    )
    from headrace.datastream._keyed import KeyedStream
    from headrace.datastream._windowed import AllWindowedStream
    from headrace.datastream.connectors.base import Sink
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment
    from headrace.datastream.window import WindowAssigner

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")

_OF_KEYED = {
    "count_window", "interval_join", "max", "max_by", "min", "min_by", "reduce", "sum", "window",
}  # fmt: skip

# of a function that makes what a sink writes, and is no operator of its own in the task's name
_PART_OF_SINK = {"part-of-sink": "true"}


class DataStream(BoundedOperations[T]):
    """A stream of elements, described but not run until the environment executes.

    >>> from headrace.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> doubled = env.from_collection([1, 2, 3]).map(lambda x: x * 2)
    >>> doubled.get_name()
    'Map'
    """

    def __init__(self, env: StreamExecutionEnvironment, upstreams: list[Upstream]) -> None:
        self._env = env
        self._upstreams = upstreams

    if not TYPE_CHECKING:  # a type checker must go on to see what is not there

        def __getattr__(self, name: str) -> Any:
            """Says where a method of keyed streams is."""
            said = f"'{type(self).__name__}' object has no attribute '{name}'"
            if name in _OF_KEYED:
                said += f": it is of keyed streams, as in ds.key_by(lambda x: x[0]).{name}(...)"
            raise AttributeError(said, name=name, obj=self)

    # ------------------------------------------------------------ settings of the operator

    @property
    def _node(self) -> Node:
        if len(self._upstreams) != 1 or self._upstreams[0].output:
            raise ApiError(
                "this stream is a union or a side output and has no operator of its own: set "
                "names and parallelism on the streams it is made of, or on what follows"
            )
        return self._upstreams[0].node

    def get_name(self) -> str:
        """The operator's name."""
        return self._node.name

    def name(self, name: str) -> DataStream[T]:
        """Names the operator, for plans, metrics and the user interface."""
        self._node.name = name
        return self

    def uid(self, uid: str) -> DataStream[T]:
        """Gives the operator an identifier by which a later version finds its state."""
        self._node.uid = uid
        return self

    def set_uid_hash(self, uid_hash: str) -> DataStream[T]:
        """Sets the identifier's hash itself, 32 hexadecimal digits."""
        self._node.uid_hash = checked_hash(uid_hash)
        return self

    def set_parallelism(self, parallelism: int) -> DataStream[T]:
        """Sets the number of subtasks."""
        node = self._node
        if node.fixed_parallelism and checked_parallelism(parallelism) != 1:
            raise ValueError(
                f"The parallelism of non parallel operator must be 1: {node.name} cannot have "
                f"{parallelism} subtasks"
            )
        node.parallelism = checked_parallelism(parallelism)
        return self

    def set_max_parallelism(self, max_parallelism: int) -> DataStream[T]:
        """Sets the number of key groups, which limits later changes of the parallelism."""
        if not 1 <= max_parallelism <= 32768:
            raise ValueError(f"max parallelism must be 1 to 32768, not {max_parallelism}")
        self._node.max_parallelism = max_parallelism
        return self

    def force_non_parallel(self) -> DataStream[T]:
        """Fixes the parallelism at one."""
        self._node.parallelism = 1
        self._node.fixed_parallelism = True
        return self

    def set_buffer_timeout(self, timeout_millis: int) -> DataStream[T]:
        """How long elements wait for a batch to fill; 0 for none, -1 for as long as it takes."""
        self._node.buffer_timeout_ms = checked_timeout(timeout_millis)
        return self

    def start_new_chain(self) -> DataStream[T]:
        """Begins a new task with this operator."""
        self._node.chaining = "new"
        return self

    def disable_chaining(self) -> DataStream[T]:
        """Keeps the operator in a task of its own."""
        self._node.chaining = "never"
        return self

    def slot_sharing_group(self, slot_sharing_group: str | SlotSharingGroup) -> DataStream[T]:
        """Puts the operator into a slot sharing group."""
        self._node.slot_group = group_name(slot_sharing_group)
        if isinstance(slot_sharing_group, SlotSharingGroup):
            self._node.slot_resources = slot_sharing_group
        return self

    def set_description(self, description: str) -> DataStream[T]:
        """Describes the operator in plans and in the user interface."""
        self._node.description = description
        return self

    def get_type(self) -> TypeInformation:
        """The type of the elements."""
        return self._element_type()

    def _element_type(self) -> TypeInformation:
        return self._upstreams[0].type_info()

    def get_execution_environment(self) -> StreamExecutionEnvironment:
        """The environment."""
        return self._env

    def get_execution_config(self) -> ExecutionConfig:
        """The environment's execution configuration."""
        return self._env.get_config()

    def returns(self, type_info: TypeInformation) -> DataStream[T]:
        """Says of what type the operator's elements are, as output_type does."""
        self._node.output = check.output_type(type_info)
        return self

    # ------------------------------------------------------------ transformations

    @overload
    def map(
        self, func: MapFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]: ...

    @overload
    def map(
        self, func: Callable[[T], R], output_type: TypeInformation | None = None
    ) -> DataStream[R]: ...

    def map(
        self,
        func: Callable[[Any], Any] | MapFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """One element in, one out.

        >>> ds.map(lambda x: x + 1, Types.LONG())  # doctest: +SKIP
        """
        check.function(func, MapFunction, "ds.map(lambda x: x + 1)")
        return self._python("map", "Map", func, self._output(output_type, func, "map"))

    @overload
    def flat_map(
        self, func: FlatMapFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]: ...

    @overload
    def flat_map(
        self, func: Callable[[T], Iterable[R]], output_type: TypeInformation | None = None
    ) -> DataStream[R]: ...

    def flat_map(
        self,
        func: Callable[[Any], Iterable[Any]] | FlatMapFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """One element in, any number out: return a list or yield them."""
        check.function(func, FlatMapFunction, "ds.flat_map(lambda line: line.split())")
        output = self._output(output_type, func, "flat_map", many=True)
        return self._python("flat_map", "FlatMap", func, output)

    def filter(self, func: Callable[[T], bool] | FilterFunction) -> DataStream[T]:
        """Keeps the elements for which the function is true."""
        check.function(func, FilterFunction, "ds.filter(lambda x: x > 0)")
        return self._python("filter", "Filter", func, self._element_type())

    def key_by(
        self,
        key_selector: Callable[[T], K] | KeySelector | int | str | Sequence[int | str],
        key_type: TypeInformation | None = None,
    ) -> KeyedStream[T, K]:
        """Brings elements of equal keys together.

        The key is what a function gives for an element. Elements of a Tuple or Row type can be
        keyed by a field's position or name too, or by a list of fields.
        """
        from headrace.datastream._keyed import KeyedStream

        key_type = check.optional_type(key_type, "key_type")
        selector: Any = key_selector
        elements = self._element_type()
        if _fields.is_field(key_selector) and _fields.has_fields(elements):
            selector, key_type = _fields.key(selector, key_type, elements)
        check.key_selector(selector)
        return KeyedStream(self, selector, key_type)

    def process(
        self, func: ProcessFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """Takes elements with their times and side outputs."""
        if not isinstance(func, ProcessFunction):
            raise TypeError(
                "process() takes a ProcessFunction (subclass it and define process_element), "
                f"not {type(func).__name__}; key_by() comes before a KeyedProcessFunction"
            )
        output = self._output(output_type, func, "process_element", many=True)
        return self._python("process", "PROCESS", func, output)

    def project(self, *field_indexes: int) -> DataStream[Any]:
        """Keeps some fields of tuples, in the order given."""
        type_info = self._element_type()
        if not isinstance(type_info, TupleTypeInfo):
            raise check.refused(
                "Only Tuple DataStreams can be projected. Give the stream a type, as in "
                "output_type=Types.TUPLE([...]), or use map()"
            )
        types = type_info.get_field_types()
        for index in field_indexes:
            if not 0 <= index < len(types):
                raise IndexError(f"project({index}): the tuples have {len(types)} fields")
        output = TupleTypeInfo([types[i] for i in field_indexes])
        return self._python("map", "Projection", _Projection(field_indexes), output)

    def union(self, *streams: DataStream[T]) -> DataStream[T]:
        """The elements of several streams of one type, in no particular order."""
        upstreams = list(self._upstreams)
        for stream in streams:
            if not isinstance(stream, DataStream):
                raise TypeError(f"union() takes streams, not {type(stream).__name__}")
            other = stream._values()
            check.one_environment(self._env, other._env, "union()")
            if type_json(other._element_type()) != type_json(self._element_type()):
                raise ApiError(
                    f"union() of streams of different types: {self._element_type()} and "
                    f"{other._element_type()}. Give both the same output_type"
                )
            upstreams += other._upstreams
        return DataStream(self._env, upstreams)

    @overload
    def connect(self, ds: BroadcastStream) -> BroadcastConnectedStream: ...

    @overload
    def connect(self, ds: DataStream[Any]) -> ConnectedStreams: ...

    def connect(
        self, ds: DataStream[Any] | BroadcastStream
    ) -> ConnectedStreams | BroadcastConnectedStream:
        """Puts two streams side by side, so that one function takes both."""
        from headrace.datastream import _connected

        if isinstance(ds, _connected.BroadcastStream):
            return _connected.BroadcastConnectedStream(self, ds, ds.broadcast_state_descriptors)
        if not isinstance(ds, DataStream):
            raise TypeError(f"connect() takes a DataStream or BroadcastStream, not {ds!r}")
        return _connected.ConnectedStreams(self, ds)

    def window_all(self, window_assigner: WindowAssigner[Any, Any]) -> AllWindowedStream[T]:
        """Windows over all elements, in one subtask."""
        from headrace.datastream._windowed import AllWindowedStream

        return AllWindowedStream(self, window_assigner)

    def count_window_all(self, size: int, slide: int = 0) -> AllWindowedStream[T]:
        """Windows of a number of elements, in one subtask."""
        from headrace.datastream._windowed import AllWindowedStream, count_windows

        return AllWindowedStream(self, count_windows(size, slide))

    def assign_timestamps_and_watermarks(
        self, watermark_strategy: WatermarkStrategy
    ) -> DataStream[T]:
        """Gives the elements event times and the stream watermarks."""
        op: Json = {"watermark": watermark_json(watermark_strategy)}
        return self._next("Timestamps/Watermarks", op, self._element_type())

    def get_side_output(self, output_tag: OutputTag) -> DataStream[Any]:
        """What the operator's function sends with `yield output_tag, value`."""
        if not isinstance(output_tag, OutputTag):
            raise TypeError(f"get_side_output() takes an OutputTag, not {output_tag!r}")
        node = self._node
        if "python" not in node.op:
            raise ApiError(
                f"{node.name} has no side outputs: get_side_output() goes with what process() or "
                "a window gives"
            )
        return DataStream(
            self._env, [Upstream(node, node.side(output_tag.tag_id, output_tag.type_info))]
        )

    # ------------------------------------------------------------ partitioning

    def shuffle(self) -> DataStream[T]:
        """Sends each element to a subtask picked at random."""
        return self._partitioned("shuffle")

    def rebalance(self) -> DataStream[T]:
        """Sends elements to all subtasks in turn."""
        return self._partitioned("rebalance")

    def rescale(self) -> DataStream[T]:
        """Sends elements in turn to the subtasks nearby."""
        return self._partitioned("rescale")

    def forward(self) -> DataStream[T]:
        """Sends elements to the subtask of the same number."""
        return self._partitioned("forward")

    def global_(self) -> DataStream[T]:
        """Sends all elements to the first subtask."""
        return self._partitioned("global")

    @overload
    def broadcast(self) -> DataStream[T]: ...

    @overload
    def broadcast(
        self,
        broadcast_state_descriptor: MapStateDescriptor,
        *other_broadcast_state_descriptors: MapStateDescriptor,
    ) -> BroadcastStream: ...

    def broadcast(
        self,
        broadcast_state_descriptor: MapStateDescriptor | None = None,
        *other_broadcast_state_descriptors: MapStateDescriptor,
    ) -> DataStream[T] | BroadcastStream:
        """Sends each element to every subtask; with descriptors, for broadcast state."""
        from headrace.datastream._connected import BroadcastStream

        if broadcast_state_descriptor is None:
            return self._partitioned("broadcast")
        descriptors = [broadcast_state_descriptor, *other_broadcast_state_descriptors]
        for descriptor in descriptors:
            if not isinstance(descriptor, MapStateDescriptor):
                raise TypeError(
                    f"broadcast_state_descriptor must be MapStateDescriptor, not {descriptor!r}"
                )
        return BroadcastStream(self._partitioned("broadcast"), descriptors)

    def partition_custom(
        self,
        partitioner: Callable[[Any, int], int] | Partitioner,
        key_selector: Callable[[T], Any] | KeySelector,
    ) -> DataStream[T]:
        """Sends each element to the subtask that partitioner(key, number_of_subtasks) gives."""
        if not isinstance(partitioner, Partitioner) and not callable(partitioner):
            raise TypeError(
                "Parameter partitioner should be type of Partitioner or a callable function, as "
                f"in lambda key, n: key % n, not {partitioner!r}"
            )
        check.partitioner(partitioner)
        check.key_selector(key_selector)
        return self._partitioned("custom", UserFunction(partitioner), UserFunction(key_selector))

    # ------------------------------------------------------------ ends

    def add_sink(self, sink_func: SinkFunction) -> DataStreamSink:
        """Writes the elements to a sink of the old kind."""
        if not isinstance(sink_func, SinkFunction):
            raise TypeError(f"add_sink() takes a SinkFunction, not {type(sink_func).__name__}")
        from headrace.datastream._sinking import add_sink_function

        return add_sink_function(self._values(), sink_func)

    def sink_to(self, sink: Sink) -> DataStreamSink:
        """Writes the elements to a sink."""
        from headrace.datastream._sinking import sink_to

        return sink_to(self._values(), sink)

    def print(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Prints the elements, `id:subtask> ` in front where there is one or more than one."""
        text = PrintText(self._element_type())
        strings = self._python("map", "Print", text, Types.STRING(), options=_PART_OF_SINK)
        options = {"print-identifier": sink_identifier} if sink_identifier else {}
        return strings._sink("Print to Std. Out", "print", options)

    def print_to_err(self, sink_identifier: str | None = None) -> DataStreamSink:
        """Prints the elements on the standard error stream."""
        sink = self.print(sink_identifier).name("Print to Std. Err")
        sink._node.op["sink"]["options"]["standard-error"] = "true"
        return sink

    @overload
    def execute_and_collect(
        self, job_execution_name: str | None = None, limit: None = None
    ) -> CloseableIterator[T]: ...

    @overload
    def execute_and_collect(
        self, job_execution_name: str | None = None, *, limit: int
    ) -> builtins.list[T]: ...

    @overload
    def execute_and_collect(
        self, job_execution_name: str | None, limit: int
    ) -> builtins.list[T]: ...

    def execute_and_collect(
        self, job_execution_name: str | None = None, limit: int | None = None
    ) -> CloseableIterator[T] | builtins.list[T]:
        """Runs the program and gives this stream's elements as they come.

        With a limit, a list of at most so many elements; the job is cancelled after them.
        """
        elements: CloseableIterator[T] = self._env._collect(self._values(), job_execution_name)
        return elements if limit is None else first(elements, limit)

    def show(self, limit: int = 20) -> None:
        """Runs the program and prints the first elements of this stream, one a line."""
        for element in self.execute_and_collect(None, limit):
            builtins.print(element)

    def _repr_html_(self) -> str:
        """The operator and its type, for notebooks; runs nothing."""
        names = ", ".join(html.escape(up.node.name) for up in self._upstreams)
        kind = html.escape(str(self._element_type()))
        return f"<b>{type(self).__name__}</b> of <code>{kind}</code> from {names}"

    def cache(self) -> CachedDataStream[T]:
        """Keeps the elements of the first job that needs them, for later jobs."""
        from headrace.datastream._cached import CachedDataStream

        return CachedDataStream(self)

    # ------------------------------------------------------------ building the graph

    def _values(self) -> DataStream[T]:
        """This stream without a key."""
        return self

    def _next(
        self, name: str, op: Json, output: TypeInformation, *others: DataStream[Any]
    ) -> DataStream[Any]:
        """A node whose ports are fed by this stream and the others."""
        for stream in others:
            check.one_environment(self._env, stream._env, name)
        node = self._env._new_node(name, op, output)
        node.inputs = [list(stream._upstreams) for stream in (self, *others)]
        self._env._register(node)
        return DataStream(self._env, [Upstream(node)])

    def _output(
        self, given: TypeInformation | None, func: Any, method: str, many: bool = False
    ) -> TypeInformation:
        """The type given, else the one of the annotations where python.infer-types is true."""
        if given is None and self._env._conf.get_boolean(inferred.SETTING, False):
            given = inferred.result_of(func, method, many)
        return check.output_type(given)

    def _python(
        self,
        kind: str,
        name: str,
        function: Any,
        output: TypeInformation,
        *others: DataStream[Any],
        options: dict[str, str] | None = None,
    ) -> DataStream[Any]:
        """A node that runs a Python function."""
        python: Json = {"kind": kind, "function": UserFunction(function).to_json()}
        if options:
            python["options"] = options
        return self._next(name, {"python": python}, output, *others)

    def _sink(self, name: str, connector: str, options: dict[str, str]) -> DataStreamSink:
        op = {"connector": connector, "options": options, "type": type_json(self._element_type())}
        node = self._next(name, {"sink": op}, self._element_type())._node
        node.parallelism = self._upstreams[0].node.parallelism
        return DataStreamSink(node)

    def _partitioned(
        self,
        partition: str,
        partitioner: UserFunction | None = None,
        key_selector: UserFunction | None = None,
    ) -> DataStream[T]:
        upstreams = [
            Upstream(up.node, up.output, partition, partitioner, key_selector)
            for up in self._upstreams
        ]
        return DataStream(self._env, upstreams)

    def __repr__(self) -> str:
        names = ", ".join(up.node.name for up in self._upstreams)
        return f"{type(self).__name__}[{self._element_type()}]({names})"


class _Projection:
    """Picks fields of a tuple."""

    def __init__(self, indexes: tuple[int, ...]) -> None:
        self._indexes = indexes

    def __call__(self, value: Any) -> tuple[Any, ...]:
        return tuple(value[i] for i in self._indexes)


def checked_timeout(timeout_millis: int) -> int:
    """A buffer timeout, or an error."""
    if timeout_millis < -1:
        raise ValueError(f"a buffer timeout is -1, 0 or more milliseconds, not {timeout_millis}")
    return timeout_millis
