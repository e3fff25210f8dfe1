"""Dialects of SQL."""

from __future__ import annotations

__all__ = ["SqlDialect"]


class SqlDialect:
    """The names of the dialects; the engine speaks DEFAULT, which is Flink's."""

    DEFAULT = 0
    HIVE = 1
