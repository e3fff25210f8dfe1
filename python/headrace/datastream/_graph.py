"""The graph that a program builds, and its form as a planpb.Program in JSON.

Nodes are made by the API's calls and point at their inputs; nothing runs. A program is what can
be reached from the nodes that were registered since the last execution.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from headrace._runtime import pickling
from headrace.common.typeinfo import TypeInformation
from headrace.datastream._origin import origin
from headrace.datastream.slot_sharing_group import SlotSharingGroup
from headrace.util.exceptions import ApiError

Json = dict[str, Any]


class UserFunction:
    """User code, pickled when the API is called, as it is at that moment."""

    def __init__(self, function: Any, name: str = "") -> None:
        self.name = name or getattr(function, "__name__", type(function).__name__)
        self.origin = origin()
        self.pickled = _pickle(function, self.name)

    def to_json(self) -> Json:
        """A planpb.Function."""
        pickled = base64.b64encode(self.pickled).decode("ascii")
        return {"name": self.name, "pickled": pickled, "origin": self.origin}


def _pickle(function: Any, name: str) -> bytes:
    try:
        return pickling.dumps(function)
    except Exception as error:
        reason = f"{name} cannot be sent to the tasks: {error}"
        remedy = "make what it captured inside open(), or take what it needs into a local name"
        error.args = (f"{reason}; {remedy}",)
        raise


@dataclass
class Upstream:
    """One output of a node and how its elements travel on; "" lets the parallelism decide."""

    node: Node
    output: int = 0
    partition: str = ""
    partitioner: UserFunction | None = None
    key_selector: UserFunction | None = None
    key_type: TypeInformation | None = None

    def type_info(self) -> TypeInformation:
        """The type of the elements."""
        if self.output == 0:
            return self.node.output
        return self.node.sides[self.output - 1][1]


@dataclass(eq=False)
class Node:
    """One operator: its settings, its inputs by port and its op in planpb's form."""

    id: int
    name: str
    op: Json
    output: TypeInformation
    parallelism: int
    inputs: list[list[Upstream]] = field(default_factory=list)
    max_parallelism: int = 0
    uid: str = ""
    uid_hash: str = ""
    description: str = ""
    slot_group: str = ""
    slot_resources: SlotSharingGroup | None = None
    chaining: str = ""
    buffer_timeout_ms: int | None = None
    fixed_parallelism: bool = False
    sides: list[tuple[str, TypeInformation]] = field(default_factory=list)
    origin: str = ""

    def side(self, tag_id: str, type_info: TypeInformation) -> int:
        """The output number of a side output, new ones being added."""
        for i, (tag, given) in enumerate(self.sides):
            if tag == tag_id:
                if type_json(given) != type_json(type_info):
                    raise ApiError(
                        f"side output {tag_id!r} of {self.name} has the type {given}, "
                        f"not {type_info}: use one OutputTag for it"
                    )
                return i + 1
        self.sides.append((tag_id, type_info))
        return len(self.sides)


def type_json(type_info: TypeInformation) -> Json:
    """A planpb.TypeInfo."""
    out: Json = {"kind": type_info._kind}
    if type_info._children:
        out["children"] = [type_json(child) for child in type_info._children]
    if type_info._names:
        out["names"] = list(type_info._names)
    return out


def reachable(ends: list[Node]) -> list[Node]:
    """The ends and all nodes in front of them, each after its inputs."""
    done: dict[int, Node] = {}
    stack = [(node, False) for node in reversed(ends)]
    while stack:
        node, expanded = stack.pop()
        if node.id in done:
            continue
        if expanded:
            done[node.id] = node
            continue
        stack.append((node, True))
        for port in reversed(node.inputs):
            stack.extend((up.node, False) for up in reversed(port) if up.node.id not in done)
    return list(done.values())


def program_json(name: str, config: dict[str, str], ends: list[Node], timeout_ms: int) -> Json:
    """A planpb.Program; timeout_ms is the buffer timeout of nodes that set none."""
    nodes = reachable(ends)
    _check_uids(nodes, config)
    edges = [edge for node in nodes for edge in _edges(node)]
    return {
        "name": name,
        "config": config,
        "nodes": [_node_json(node, timeout_ms) for node in nodes],
        "edges": edges,
    }


def _check_uids(nodes: list[Node], config: dict[str, str]) -> None:
    seen: dict[str, Node] = {}
    for node in nodes:
        if not node.uid:
            if config.get("pipeline.auto-generate-uids") == "false":
                raise ApiError(
                    f"{node.name} ({node.origin}) has no uid and auto-generated uids are disabled:"
                    " call uid()"
                )
            continue
        other = seen.setdefault(node.uid, node)
        if other is not node:
            raise ApiError(
                f"uid {node.uid!r} is used twice, by {other.name} ({other.origin}) and "
                f"{node.name} ({node.origin}): give each operator its own"
            )


def _node_json(node: Node, timeout_ms: int) -> Json:
    timeout = timeout_ms if node.buffer_timeout_ms is None else node.buffer_timeout_ms
    out: Json = {
        "id": node.id,
        "name": node.name,
        "parallelism": node.parallelism,
        "bufferTimeoutMs": str(timeout),
        "output": type_json(node.output),
        "origin": node.origin,
        **node.op,
    }
    optional = {
        "uid": node.uid,
        "uidHash": node.uid_hash,
        "description": node.description,
        "maxParallelism": node.max_parallelism,
        "slotGroup": node.slot_group,
        "chaining": node.chaining,
    }
    out.update({key: value for key, value in optional.items() if value})
    if node.sides:
        out["sideOutputs"] = [{"tag": tag, "type": type_json(t)} for tag, t in node.sides]
    if "python" in out and any(node.inputs):
        inputs = [type_json(port[0].type_info()) for port in node.inputs]
        keys = [
            type_json(port[0].key_type)
            for port in node.inputs
            if port[0].partition == "hash" and port[0].key_type is not None
        ]
        out["python"] = {**out["python"], "inputs": inputs, "keys": keys}
    return out


def _edges(node: Node) -> list[Json]:
    if "table" in node.op:
        return []
    edges = []
    for port, upstreams in enumerate(node.inputs):
        for up in upstreams:
            edge: Json = {"from": up.node.id, "to": node.id, "partition": _partition(up, node)}
            if up.output:
                edge["output"] = up.output
            if port:
                edge["port"] = port
            if up.partitioner is not None:
                edge["partitioner"] = up.partitioner.to_json()
            if up.key_selector is not None:
                edge["keySelector"] = up.key_selector.to_json()
            if up.key_type is not None:
                edge["keyType"] = type_json(up.key_type)
            edges.append(edge)
    return edges


def _partition(up: Upstream, node: Node) -> str:
    same = up.node.parallelism == node.parallelism
    if up.partition == "forward" and not same:
        raise ApiError(
            "Forward partitioning does not allow change of parallelism. "
            f"{up.node.name} has {up.node.parallelism} subtasks, {node.name} ({node.origin}) has "
            f"{node.parallelism}: set_parallelism({up.node.parallelism}) on it, or use rebalance()"
        )
    if up.partition:
        return up.partition
    return "forward" if same else "rebalance"
