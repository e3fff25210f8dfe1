"""A program as JSON for people and plan visualizers."""

from __future__ import annotations

import json

from headrace.datastream._graph import Node, _partition, reachable


def visual_plan(ends: list[Node], python_mode: str) -> str:
    """The nodes with their inputs, in the form of Flink's execution plan.

    Those that call Python functions say where these run: thread or process.
    """
    nodes = [_node(node, python_mode) for node in reachable(ends)]
    return json.dumps({"nodes": nodes}, indent=2)


def _node(node: Node, python_mode: str) -> dict[str, object]:
    kind = "Data Sink" if "sink" in node.op else "Operator" if node.inputs else "Data Source"
    out: dict[str, object] = {
        "id": node.id,
        "type": node.name if kind == "Operator" else f"{kind[5:]}: {node.name}",
        "pact": kind,
        "contents": node.description or node.name,
        "parallelism": node.parallelism,
    }
    if "python" in node.op:
        out["python"] = python_mode
    inputs = [
        {"id": up.node.id, "ship_strategy": _partition(up, node).upper(), "side": "second"}
        for port in node.inputs
        for up in port
    ]
    if inputs:
        out["predecessors"] = inputs
    return out
