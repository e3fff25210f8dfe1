"""The methods of StreamTableEnvironment between tables and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.common.typeinfo import ExternalTypeInfo, TypeInformation, Types
from headrace.common.types import Row
from headrace.datastream import _running
from headrace.datastream._graph import Node, Upstream, program_json, reachable
from headrace.datastream._sources import collection_node
from headrace.datastream._stream import DataStream
from headrace.table import _typeinfo
from headrace.table._expr.base import select_json
from headrace.table._rels import Json
from headrace.table.changelog_mode import ChangelogMode
from headrace.table.expression import Expression
from headrace.table.schema import Schema
from headrace.table.table import Table
from headrace.table.types import RowField, RowType
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment


class Streams:
    """The streams that tables of one environment read, by the ids of their nodes."""

    def __init__(self, env: StreamExecutionEnvironment) -> None:
        self._env = env
        self._nodes: dict[int, Node] = {}

    def scan(
        self, stream: DataStream[Any], schema: Schema | None, mode: ChangelogMode | None
    ) -> Json:
        """The relation of a stream; mode is given for streams of changes."""
        node = self._single(stream if mode is None else _through(stream))
        self._nodes[node.id] = node
        scan: Json = {"node": node.id}
        if schema is not None:
            scan["schema"] = schema._to_json()
        if mode is not None:
            scan["changelog"] = True
            scan["mode"] = "upsert" if mode == ChangelogMode.upsert() else "all"
        return {"streamScan": scan}

    def _single(self, stream: DataStream[Any]) -> Node:
        """The one node whose main output is the stream; unions and the like go through a map."""
        ups = stream._upstreams
        if len(ups) == 1 and ups[0].output == 0 and ups[0].partition == "":
            return ups[0].node
        through = stream.map(_same, output_type=stream._element_type()).name("Table Input")
        return through._upstreams[0].node

    def program(self, rels: list[Any]) -> Json | None:
        """The program of the streams that the relations read, None where they read none."""
        ends = self.read_by(rels)
        if not ends:
            return None
        env = self._env
        config = env._conf.to_dict()
        described = program_json("collect", config, ends, env.get_buffer_timeout())
        session = env._session()
        for node, out in zip(reachable(ends), described["nodes"], strict=True):
            rows = out.pop("rows", None)
            if rows is not None:
                out["source"] = {
                    **out["source"],
                    "handle": _running._put(session, rows, node.output),
                }
        return described

    def read_by(self, rels: list[Any]) -> list[Node]:
        """The nodes that the relations scan."""
        found: dict[int, Node] = {}
        stack = list(rels)
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                if "streamScan" in value:
                    node_id = value["streamScan"]["node"]
                    found[node_id] = self._nodes[node_id]
                else:
                    stack.extend(value.values())
            elif isinstance(value, list):
                stack.extend(value)
        return [found[i] for i in sorted(found)]

    def to_stream(self, table: Table, mode: str, schema: Schema | None) -> DataStream[Any]:
        """The stream of a table's rows."""
        row_type = table._row_type()
        inputs = self.read_by([table._rel])
        op: Json = {"rel": table._rel, "inputs": [n.id for n in inputs]}
        if mode:
            op["changelogMode"] = mode
        if schema is not None:
            op["schema"] = schema._to_json()
        info = ExternalTypeInfo(_typeinfo.of_row(row_type))
        node = self._env._new_node("TableToDataStream", {"table": op}, info)
        node.inputs = [[Upstream(n)] for n in inputs]
        return DataStream(self._env, [Upstream(node)])

    def attach(self, inserts: list[Json]) -> None:
        """Makes INSERTs part of the environment's next job."""
        inputs = self.read_by(inserts)
        op: Json = {"inputs": [n.id for n in inputs], "inserts": inserts}
        node = self._env._new_node("Statement set", {"table": op}, Types.ROW([]))
        node.inputs = [[Upstream(n)] for n in inputs]
        self._env._register(node)


def _through(stream: DataStream[Any]) -> DataStream[Any]:
    """The stream behind an operator that puts its elements into columns, the kinds of Rows into
    one of their own, which the engine takes for what it is."""
    output = stream._element_type()
    node = stream._upstreams[0].node
    if len(stream._upstreams) == 1 and "rows" in node.op:  # columns of a source have no kinds
        plain = collection_node(stream._env, node.op["rows"], Types.PICKLED_BYTE_ARRAY())
        stream = DataStream(stream._env, [Upstream(plain)])
    if output._kind != "ROW":
        return stream.map(_same, output_type=output).name("Table Input")
    names = list(output._names) or [f"f{i}" for i in range(len(output._children))]
    with_kind = Types.ROW_NAMED([*names, "$kind"], [*output._children, Types.BYTE()])
    return stream.map(_with_kind, output_type=with_kind).name("Table Input")


def _same(value: Any) -> Any:
    return value


def _with_kind(row: Any) -> Any:
    return Row(*row, row.get_row_kind().value)


def fields_rel(rel: Json, info: TypeInformation, fields: tuple[Any, ...]) -> Json:
    """The relation of a stream whose fields are chosen: by name, or all renamed by position."""
    row = _typeinfo.to_data_type(info)
    names = row.field_names() if isinstance(row, RowType) else ["f0"]
    exprs = [select_json(f) for f in fields]
    wanted = [_base(e) for e in exprs]
    if all(w in names for w in wanted):
        return {"project": {"input": rel, "exprs": exprs}}
    if len(wanted) > len(names):
        raise ApiError(f"{len(wanted)} fields for elements of {len(names)}: {', '.join(names)}")
    renamed = [_final(e) for e in exprs]
    aliased: Json = {"alias": {"input": rel, "names": renamed}}
    chosen = [{"column": n} for n in renamed]
    return {"project": {"input": aliased, "exprs": chosen}}


def _base(e: Json) -> str:
    return str(e["as"]["arg"].get("column", "") if "as" in e else e.get("column", ""))


def _final(e: Json) -> str:
    return str(e["as"]["names"][0] if "as" in e else e.get("column", ""))


def cast_rel(table: Table, target: RowType) -> Json:
    """The relation with its columns in the types of a target."""
    have = table._row_type()
    if len(have) != len(target):
        raise ApiError(f"{len(have)} columns for a schema of {len(target)}")
    exprs = [
        {"as": {"arg": {"cast": {"arg": {"column": h.name}, "type": w.data_type.sql()}},
                "names": [w.name]}}
        for h, w in zip(have.fields, target.fields, strict=True)
    ]
    return {"project": {"input": table._rel, "exprs": exprs}}


def retract_type(row_type: TypeInformation) -> TypeInformation:
    """The type of to_retract_stream's elements: a flag and the row."""
    return Types.TUPLE([Types.BOOLEAN(), row_type])


def given_row_type(info: TypeInformation) -> RowType:
    """The row type of a TypeInformation that a caller gives for whole rows."""
    row = _typeinfo.to_data_type(info)
    if isinstance(row, RowType):
        return row
    return RowType([RowField("f0", row)])


def is_expressions(values: tuple[Any, ...]) -> bool:
    """Whether fields are given, not one schema."""
    return bool(values) and all(isinstance(v, (Expression, str)) for v in values)
