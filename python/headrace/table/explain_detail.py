"""What explain() may add."""

from __future__ import annotations

__all__ = ["ExplainDetail"]


class ExplainDetail:
    """Additions to an explanation."""

    ESTIMATED_COST = 0
    CHANGELOG_MODE = 1
    JSON_EXECUTION_PLAN = 2
    PLAN_ADVICE = 3


_NAMES = ("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE")


def names(details: tuple[int, ...]) -> list[str]:
    """The details as the engine names them."""
    return [_NAMES[d] for d in details]
