"""Ends of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.datastream.slot_sharing_group import SlotSharingGroup, group_name

if TYPE_CHECKING:
    from headrace.datastream._graph import Node


class DataStreamSink:
    """A sink in a program, to be named and set up."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def name(self, name: str) -> DataStreamSink:
        """Names the sink."""
        self._node.name = name
        return self

    def uid(self, uid: str) -> DataStreamSink:
        """Gives the sink an identifier that stays the same from version to version."""
        self._node.uid = uid
        return self

    def set_uid_hash(self, uid_hash: str) -> DataStreamSink:
        """Sets the identifier's hash itself, 32 hexadecimal digits."""
        self._node.uid_hash = checked_hash(uid_hash)
        return self

    def set_parallelism(self, parallelism: int) -> DataStreamSink:
        """Sets the number of subtasks."""
        self._node.parallelism = checked_parallelism(parallelism)
        return self

    def set_description(self, description: str) -> DataStreamSink:
        """Describes the sink in plans and in the user interface."""
        self._node.description = description
        return self

    def disable_chaining(self) -> DataStreamSink:
        """Keeps the sink in a task of its own."""
        self._node.chaining = "never"
        return self

    def slot_sharing_group(self, slot_sharing_group: str | SlotSharingGroup) -> DataStreamSink:
        """Puts the sink into a slot sharing group."""
        self._node.slot_group = group_name(slot_sharing_group)
        if isinstance(slot_sharing_group, SlotSharingGroup):
            self._node.slot_resources = slot_sharing_group
        return self


def checked_parallelism(parallelism: int) -> int:
    """A number of subtasks, or an error that says what is allowed."""
    if isinstance(parallelism, bool) or not isinstance(parallelism, int):
        raise TypeError(f"parallelism must be an int, not {parallelism!r}")
    if parallelism < 1:
        raise ValueError(f"parallelism must be 1 or more, not {parallelism}")
    return parallelism


def checked_hash(uid_hash: str) -> str:
    """32 hexadecimal digits, or an error."""
    digits = len(uid_hash) == 32 and all(c in "0123456789abcdefABCDEF" for c in uid_hash)
    if not digits:
        raise ValueError(f"a uid hash is 32 hexadecimal digits, not {uid_hash!r}")
    return uid_hash
