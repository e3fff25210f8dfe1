"""How sources of all kinds become nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.common.io import InputFormat
from headrace.common.typeinfo import RowTypeInfo, TypeInformation, Types
from headrace.common.watermark_strategy import WatermarkStrategy
from headrace.datastream._graph import Json, Node, Upstream, UserFunction, type_json
from headrace.datastream._operators.source import SourceOperator
from headrace.datastream._rows import checked
from headrace.datastream._sqltypes import columns_json
from headrace.datastream._stream import DataStream
from headrace.datastream._watermark import watermark_json
from headrace.datastream.functions import SourceFunction

if TYPE_CHECKING:
    from headrace.datastream.connectors.base import Source
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment


def collection_node(
    env: StreamExecutionEnvironment, rows: list[Any], output: TypeInformation
) -> Node:
    """A source over rows, which must fit the type; the list stays the caller's to change."""
    fit = list(rows) if output._kind == "PICKLED_BYTE_ARRAY" else checked(rows, output)
    node = env._new_node("Collection Source", env._collection_op(fit, output), output)
    node.parallelism = 1
    node.fixed_parallelism = True
    return node


def from_source(
    env: StreamExecutionEnvironment,
    source: Source,
    strategy: WatermarkStrategy,
    name: str,
    type_info: TypeInformation | None,
) -> DataStream[Any]:
    """A node of a Source, with what the source puts behind it."""
    output = type_info or source._type_info or Types.PICKLED_BYTE_ARRAY()
    transformed = source._transform is not None
    made = output if not transformed else source._type_info or Types.PICKLED_BYTE_ARRAY()
    if source._connector == "python":
        return _with_watermarks(_read_splits(env, source, name, output), strategy)
    described = _described(source._connector, dict(source._options), made)
    watermark = watermark_json(strategy)
    if not transformed and "source" in described:
        described["source"]["watermark"] = watermark
    node = env._new_node(name, described, made)
    stream: DataStream[Any] = DataStream(env, [Upstream(node)])
    if source._transform is not None:
        stream = source._transform(stream, type_info)
    elif "source" in described:
        return stream
    return _with_watermarks(stream, strategy)


def _with_watermarks(stream: DataStream[Any], strategy: WatermarkStrategy) -> DataStream[Any]:
    watermark_json(strategy)  # refuses what is no strategy
    if strategy._kind == "none" and strategy._assigner is None:
        return stream
    return stream.assign_timestamps_and_watermarks(strategy)


def _read_splits(
    env: StreamExecutionEnvironment, source: Source, name: str, output: TypeInformation
) -> DataStream[Any]:
    """A source in Python: its splits are found now, its readers run in the engine."""
    splits = list(source.splits())
    past = [split for split in splits if source.is_backlog(split)]
    if past:
        splits = past + [split for split in splits if not source.is_backlog(split)]
    bounded = "true" if source.is_bounded() else "false"
    described: Json = {
        "connector": "python",
        "options": {
            "splits": str(len(splits)),
            "bounded": bounded,
            **({"backlog": str(len(past))} if past else {}),
        },
        "type": type_json(output),
        "function": UserFunction(SourceOperator(source, splits)).to_json(),
    }
    return DataStream(env, [Upstream(env._new_node(name, {"source": described}, output))])


def _described(connector: str, options: dict[str, str], output: TypeInformation) -> Json:
    """A source of one column or, where a format gives Rows, a scan of a table of their fields."""
    formats = {options.get("format"), options.get("value.format")} - {None, "raw"}
    if isinstance(output, RowTypeInfo) and formats:
        descriptor = {
            "schema": {"columns": columns_json(output)},
            "options": {"connector": connector, **options},
        }
        return {"table": {"rel": {"scan": {"descriptor": descriptor}}}}
    return {"source": {"connector": connector, "options": options, "type": type_json(output)}}


def add_source(
    env: StreamExecutionEnvironment,
    function: SourceFunction,
    name: str,
    type_info: TypeInformation | None,
) -> DataStream[Any]:
    """A node of a source of the old kind."""
    output = type_info or getattr(function, "_type_info", None) or Types.PICKLED_BYTE_ARRAY()
    described = _described(function._connector, dict(function._options), output)
    strategy = getattr(function, "_watermarks", None)
    if strategy is not None and "source" in described:
        described["source"]["watermark"] = watermark_json(strategy)  # split by split
        strategy = None
    stream: DataStream[Any] = DataStream(env, [Upstream(env._new_node(name, described, output))])
    return stream if strategy is None else stream.assign_timestamps_and_watermarks(strategy)


def create_input(
    env: StreamExecutionEnvironment, input_format: InputFormat, type_info: TypeInformation | None
) -> DataStream[Any]:
    """A node of an input format."""
    output = type_info or input_format.get_produced_type() or Types.PICKLED_BYTE_ARRAY()
    described = _described(input_format._connector, dict(input_format._options), output)
    return DataStream(env, [Upstream(env._new_node("Input Format", described, output))])
