"""A program as JSON for people and plan visualizers."""

from __future__ import annotations

import json

from headrace.datastream._graph import Node, _partition, reachable


def visual_plan(ends: list[Node]) -> str:
    """The nodes with their inputs, in the form of Flink's execution plan."""
    return json.dumps({"nodes": [_node(node) for node in reachable(ends)]}, indent=2)


def _node(node: Node) -> dict[str, object]:
    kind = "Data Sink" if "sink" in node.op else "Operator" if node.inputs else "Data Source"
    out: dict[str, object] = {
        "id": node.id,
        "type": node.name if kind == "Operator" else f"{kind[5:]}: {node.name}",
        "pact": kind,
        "contents": node.description or node.name,
        "parallelism": node.parallelism,
    }
    inputs = [
        {"id": up.node.id, "ship_strategy": _partition(up, node).upper(), "side": "second"}
        for port in node.inputs
        for up in port
    ]
    if inputs:
        out["predecessors"] = inputs
    return out
