"""What kinds of changes a stream of rows may hold."""

from __future__ import annotations

__all__ = ["ChangelogMode"]


class ChangelogMode:
    """A set of row kinds."""

    def __init__(self, kinds: str) -> None:
        self._kinds = kinds

    @staticmethod
    def insert_only() -> ChangelogMode:
        """Rows are only added."""
        return ChangelogMode("I")

    @staticmethod
    def upsert() -> ChangelogMode:
        """Rows replace, or delete, those of the same key."""
        return ChangelogMode("I,UA,D")

    @staticmethod
    def all() -> ChangelogMode:
        """Rows are added and taken back, updates coming in pairs."""
        return ChangelogMode("I,UB,UA,D")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChangelogMode) and self._kinds == other._kinds

    def __hash__(self) -> int:
        return hash(self._kinds)

    def __str__(self) -> str:
        return f"[{self._kinds}]"
