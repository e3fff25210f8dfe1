"""What a statement gives."""

from __future__ import annotations

__all__ = ["ResultKind"]


class ResultKind:
    """Whether a statement only succeeded or gives rows."""

    SUCCESS = 0
    SUCCESS_WITH_CONTENT = 1
