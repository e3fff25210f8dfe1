"""The two kinds of time."""

from enum import Enum

__all__ = ["TimeDomain"]


class TimeDomain(Enum):
    """Whether a timer goes by watermarks or by the clock."""

    EVENT_TIME = 0
    PROCESSING_TIME = 1
