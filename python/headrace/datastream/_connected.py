"""Two streams side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.common.typeinfo import TypeInformation
from headrace.datastream import _checks as check
from headrace.datastream._keyed import KeyedStream
from headrace.datastream.functions import (
    BroadcastProcessFunction,
    CoFlatMapFunction,
    CoMapFunction,
    CoProcessFunction,
    KeyedBroadcastProcessFunction,
    KeyedCoProcessFunction,
    KeySelector,
)

if TYPE_CHECKING:
    from headrace.datastream._stream import DataStream
    from headrace.datastream.state import MapStateDescriptor


class ConnectedStreams:
    """Two streams, possibly of different types, that one function takes."""

    def __init__(self, stream1: DataStream[Any], stream2: DataStream[Any]) -> None:
        self.stream1 = stream1
        self.stream2 = stream2

    def _is_keyed(self) -> bool:
        return isinstance(self.stream1, KeyedStream) and isinstance(self.stream2, KeyedStream)

    def key_by(
        self,
        key_selector1: Callable[[Any], Any] | KeySelector,
        key_selector2: Callable[[Any], Any] | KeySelector,
        key_type: TypeInformation | None = None,
    ) -> ConnectedStreams:
        """Gives both streams keys, so that the function shares state and timers by key."""
        return ConnectedStreams(
            self.stream1.key_by(key_selector1, key_type),
            self.stream2.key_by(key_selector2, key_type),
        )

    def map(
        self, func: CoMapFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """One element in, one out, whichever stream it comes from; None is dropped."""
        if not isinstance(func, CoMapFunction):
            raise TypeError(
                "The input function must be a CoMapFunction: subclass it and define map1 and "
                f"map2; got {type(func).__name__}"
            )
        return self._apply("co_map", "Co-Map", func, output_type)

    def flat_map(
        self, func: CoFlatMapFunction, output_type: TypeInformation | None = None
    ) -> DataStream[Any]:
        """One element in, any number out."""
        if not isinstance(func, CoFlatMapFunction):
            raise TypeError(
                "The input must be a CoFlatMapFunction: subclass it and define flat_map1 and "
                f"flat_map2; got {type(func).__name__}"
            )
        return self._apply("co_flat_map", "Co-Flat Map", func, output_type)

    def process(
        self,
        func: CoProcessFunction | KeyedCoProcessFunction,
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Takes the elements of both with their times, side outputs and, if keyed, state."""
        if not isinstance(func, (CoProcessFunction, KeyedCoProcessFunction)):
            raise TypeError(
                "The input must be a CoProcessFunction or KeyedCoProcessFunction: subclass one "
                f"and define process_element1 and process_element2; got {type(func).__name__}"
            )
        if isinstance(func, KeyedCoProcessFunction) and not self._is_keyed():
            raise TypeError(
                "a KeyedCoProcessFunction needs keys: connect(...).key_by(selector1, selector2)"
            )
        name = "Keyed Co-Process" if self._is_keyed() else "Co-Process"
        return self._apply("co_process", name, func, output_type)

    def _apply(
        self, kind: str, name: str, func: Any, output_type: TypeInformation | None
    ) -> DataStream[Any]:
        output = check.output_type(output_type)
        first, second = self.stream1, self.stream2
        if self._is_keyed():
            return first._python("keyed_" + kind, name, func, output, second)
        return first._values()._python(kind, name, func, output, second._values())


class BroadcastStream:
    """A stream that every subtask sees whole, and the state that is made of it."""

    def __init__(
        self,
        input_stream: DataStream[Any],
        broadcast_state_descriptors: Sequence[MapStateDescriptor],
    ) -> None:
        self.input_stream = input_stream
        self.broadcast_state_descriptors = list(broadcast_state_descriptors)


class BroadcastConnectedStream:
    """A stream connected with a broadcast stream."""

    def __init__(
        self,
        non_broadcast_stream: DataStream[Any],
        broadcast_stream: BroadcastStream,
        broadcast_state_descriptors: Sequence[MapStateDescriptor],
    ) -> None:
        self.non_broadcast_stream = non_broadcast_stream
        self.broadcast_stream = broadcast_stream
        self.broadcast_state_descriptors = list(broadcast_state_descriptors)

    def process(
        self,
        func: BroadcastProcessFunction[Any, Any, Any]
        | KeyedBroadcastProcessFunction[Any, Any, Any, Any],
        output_type: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """Takes the elements of both; those of the broadcast stream may change the state."""
        keyed = isinstance(self.non_broadcast_stream, KeyedStream)
        if keyed and not isinstance(func, KeyedBroadcastProcessFunction):
            raise TypeError(
                "KeyedBroadcastProcessFunction should be applied to keyed DataStream: got "
                f"{type(func).__name__}"
            )
        if not keyed and not isinstance(func, BroadcastProcessFunction):
            raise TypeError(
                "BroadcastProcessFunction should be applied to non-keyed DataStream: got "
                f"{type(func).__name__}; call key_by() first for the keyed one"
            )
        kind = "keyed_broadcast_process" if keyed else "broadcast_process"
        name = "Keyed-Co-Process-Broadcast" if keyed else "Co-Process-Broadcast"
        names = ",".join(d.get_name() for d in self.broadcast_state_descriptors)
        return self.non_broadcast_stream._python(
            kind,
            name,
            func,
            check.output_type(output_type),
            self.broadcast_stream.input_stream,
            options={"broadcast-states": names},
        )
