"""Identifiers of jobs."""

from __future__ import annotations

__all__ = ["JobID"]


class JobID:
    """A job's identifier: 32 hexadecimal digits."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"JobID({self._text})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobID) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
