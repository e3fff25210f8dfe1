"""How sinks of all kinds become nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.common.typeinfo import Types
from headrace.datastream._operators.sink import SinkFunctionOperator, SinkOperator
from headrace.datastream._printing import FileText
from headrace.datastream._sink import DataStreamSink
from headrace.datastream.functions import SinkFunction

if TYPE_CHECKING:
    from headrace.datastream._stream import DataStream
    from headrace.datastream.connectors.base import Sink


def add_sink_function(stream: DataStream[Any], function: SinkFunction) -> DataStreamSink:
    """A SinkFunction: the user's own, or a connector of the old kind."""
    if getattr(function, "_connector", "python") != "python":
        return stream._sink(type(function).__name__, function._connector, dict(function._options))
    return _operator_sink(stream, "Unnamed", SinkFunctionOperator(function))


def sink_to(stream: DataStream[Any], sink: Sink) -> DataStreamSink:
    """A Sink: the user's own, or one of headrace.datastream.connectors."""
    from headrace.datastream.connectors.base import Sink, SupportsPreprocessing

    if not isinstance(sink, Sink):
        raise TypeError(
            "sink_to() takes a Sink, as in FileSink.for_row_format(...).build(), "
            f"not {type(sink).__name__}"
        )
    if isinstance(sink, SupportsPreprocessing):
        transformer = sink.get_transformer()
        if transformer is not None:
            stream = transformer.apply(stream)
    if sink._connector == "python":
        options = {"commits": "true"}
        return _operator_sink(stream, type(sink).__name__, SinkOperator(sink), options)
    if sink._as_text:
        text = FileText(stream._element_type())
        stream = stream._python(
            "map", "Text", text, Types.STRING(), options={"part-of-sink": "true"}
        )
    name = f"{type(sink).__name__}: Writer"
    return stream._sink(name, sink._connector, dict(sink._options))


def _operator_sink(
    stream: DataStream[Any], name: str, operator: Any, options: dict[str, str] | None = None
) -> DataStreamSink:
    output = Types.PICKLED_BYTE_ARRAY()
    node = stream._python("operator", name, operator, output, options=options)._node
    node.parallelism = stream._upstreams[0].node.parallelism
    return DataStreamSink(node)
