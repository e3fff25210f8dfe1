"""Numbers in sequence."""

from __future__ import annotations

from headrace.common.typeinfo import Types
from headrace.datastream.connectors.base import Source

__all__ = ["NumberSequenceSource"]


class NumberSequenceSource(Source):
    """The numbers from start to end, both included, made in parallel.

    >>> NumberSequenceSource(1, 10)._options
    {'start': '1', 'end': '10'}
    """

    def __init__(self, start: int, end: int) -> None:
        if start > end:
            raise ValueError(f"'start' ({start}) must not be larger than 'end' ({end})")
        super().__init__("number-sequence", {"start": str(start), "end": str(end)}, Types.LONG())
