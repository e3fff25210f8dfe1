"""Where a kept plan is."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod

__all__ = [
    "BytesContentPlanReference",
    "FilePlanReference",
    "JsonContentPlanReference",
    "PlanReference",
]


class PlanReference(ABC):
    """A plan in a file or at hand; the subclasses say which."""

    @staticmethod
    def from_file(path: str | os.PathLike[str]) -> FilePlanReference:
        """The plan in a file."""
        return FilePlanReference(os.fspath(path))

    @staticmethod
    def from_json_string(json_string: str) -> JsonContentPlanReference:
        """The plan that CompiledPlan.as_json_string() gave."""
        return JsonContentPlanReference(json_string)

    @staticmethod
    def from_smile_bytes(smile_bytes: bytes) -> BytesContentPlanReference:
        """The plan that CompiledPlan.as_smile_bytes() gave."""
        return BytesContentPlanReference(smile_bytes)

    @abstractmethod
    def _text(self) -> str:
        """The plan's text."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __str__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, vars(self).values()))})"


class FilePlanReference(PlanReference):
    """The plan in a file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def get_file(self) -> str:
        """The file."""
        return self._path

    def _text(self) -> str:
        with open(self._path, encoding="utf-8") as file:
            return file.read()


class JsonContentPlanReference(PlanReference):
    """A plan as text."""

    def __init__(self, content: str) -> None:
        self._content = content

    def get_content(self) -> str:
        """The text."""
        return self._content

    def _text(self) -> str:
        return self._content


class BytesContentPlanReference(PlanReference):
    """A plan in bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def get_content(self) -> bytes:
        """The bytes."""
        return self._content

    def _text(self) -> str:
        return self._content.decode()
