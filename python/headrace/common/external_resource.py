"""What functions learn of the external resources (GPUs and the like) of their slot."""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["ExternalResourceInfo"]

_PARAMETER = "$internal.external-resources"


@dataclass(frozen=True)
class ExternalResourceInfo:
    """One unit of an external resource, as Flink's class of that name: it has an index."""

    index: int

    def get_property(self, key: str) -> str | None:
        """The value of a property, a text; "index" is the only one."""
        return str(self.index) if key == "index" else None

    def get_keys(self) -> list[str]:
        """The names of the properties."""
        return ["index"]


def infos(parameters: dict[str, str], name: str) -> set[ExternalResourceInfo]:
    """The units of a resource, from what the engine gives a subtask as a parameter."""
    indexes = json.loads(parameters.get(_PARAMETER, "{}"))
    return {ExternalResourceInfo(i) for i in indexes.get(name, ())}
