"""What the slots of sharing groups ask for, as the engine takes it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from headrace.datastream._graph import Json, Node
from headrace.datastream.slot_sharing_group import MemorySize, SlotSharingGroup
from headrace.util.exceptions import ApiError

SETTING = "$internal.slot-sharing-groups"


def slot_resources(
    registered: dict[str, SlotSharingGroup], nodes: Iterable[Node]
) -> dict[str, str]:
    """The setting that has them, empty when no group asks for anything."""
    groups = {name: group for name, group in registered.items() if _asks(group)}
    for node in nodes:
        group = node.slot_resources
        if group is None or not _asks(group):
            continue
        other = groups.setdefault(group.get_name(), group)
        if other != group:
            raise ApiError(
                f"the slot sharing group {group.get_name()!r} of {node.name} ({node.origin}) has "
                "other resources than under the same name before: register it once, with "
                "env.register_slot_sharing_group(), and give its name to operators"
            )
    if not groups:
        return {}
    return {SETTING: json.dumps({name: _json(group) for name, group in groups.items()})}


def _json(group: SlotSharingGroup) -> Json:
    return {
        "cpu": group.get_cpu_cores() or 0.0,
        "heap": _bytes(group.get_task_heap_memory()),
        "offHeap": _bytes(group.get_task_off_heap_memory()),
        "managed": _bytes(group.get_managed_memory()),
        "external": group.get_external_resources(),
    }


def _bytes(size: MemorySize | None) -> int:
    return 0 if size is None else size.get_bytes()


def _asks(group: SlotSharingGroup) -> bool:
    return group != SlotSharingGroup(group.get_name())
