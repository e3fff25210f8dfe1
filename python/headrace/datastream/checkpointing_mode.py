"""What a checkpoint guarantees."""

from enum import Enum

__all__ = ["CheckpointingMode"]


class CheckpointingMode(Enum):
    """How often an element counts after a failure."""

    EXACTLY_ONCE = 0
    AT_LEAST_ONCE = 1
