"""Between streams and tables: what headrace.table uses of this package.

A relation reads a stream by StreamScan{node}, the number of the stream's node in the program that
goes with the request; a stream of a table's rows is a node with a TableOp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.common.typeinfo import TypeInformation
from headrace.datastream._graph import Json, Node, Upstream
from headrace.datastream._running import described_program
from headrace.datastream._stream import DataStream

if TYPE_CHECKING:
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment


def node_of(stream: DataStream[Any]) -> Node:
    """The one node whose main output is the stream; unions and side outputs get a node."""
    values = stream._values()
    upstream = values._upstreams[0]
    if len(values._upstreams) == 1 and not upstream.output and not upstream.partition:
        return upstream.node
    node = values.map(_itself, values._element_type()).name("Stream to table")._node
    stream._env._unregister(node)
    return node


def program_of(env: StreamExecutionEnvironment, nodes: list[Node], name: str = "") -> Json:
    """A planpb.Program of the nodes and all in front of them, for TableRequest.program.

    The rows of collections are put into the environment's session, `env._session()`.
    """
    return described_program(env, name, nodes)


def stream_of_table(
    env: StreamExecutionEnvironment,
    rel: Json,
    output: TypeInformation,
    inputs: list[Node],
    *,
    changelog_mode: str = "",
    schema: Json | None = None,
    name: str = "Table to stream",
) -> DataStream[Any]:
    """The rows of a relation (planpb.Rel), which reads the nodes given, as a stream."""
    op: Json = {"rel": rel, "inputs": [node.id for node in inputs]}
    if changelog_mode:
        op["changelogMode"] = changelog_mode
    if schema is not None:
        op["schema"] = schema
    node = env._new_node(name, {"table": op}, output)
    # The relation says how the inputs are read: there are no edges for these.
    node.inputs = [[Upstream(read)] for read in inputs]
    return DataStream(env, [Upstream(node)])


def _itself(value: Any) -> Any:
    return value
