"""Stream or batch."""

from enum import Enum

__all__ = ["RuntimeExecutionMode"]


class RuntimeExecutionMode(Enum):
    """How a job runs: continuously, in stages over bounded input, or as its sources allow."""

    STREAMING = 0
    BATCH = 1
    AUTOMATIC = 2
