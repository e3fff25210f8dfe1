"""When a task may be scheduled."""

from enum import Enum

__all__ = ["InputDependencyConstraint"]


class InputDependencyConstraint(Enum):
    """Whether a task starts once any or all of its inputs have data."""

    ANY = 0
    ALL = 1
