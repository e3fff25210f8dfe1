"""Serializers of the built-in windows, for assigners that name one."""

from __future__ import annotations

import struct
from io import BytesIO

from headrace.common.serializer import TypeSerializer
from headrace.datastream.window.window import CountWindow, GlobalWindow, TimeWindow


class TimeWindowSerializer(TypeSerializer[TimeWindow]):
    """Start and end as two 64-bit integers.

    >>> stream = BytesIO()
    >>> TimeWindowSerializer().serialize(TimeWindow(1, 2), stream)
    >>> stream.seek(0)
    0
    >>> TimeWindowSerializer().deserialize(stream)
    TimeWindow(start=1, end=2)
    """

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, element: TimeWindow, stream: BytesIO) -> None:
        """Writes 16 bytes."""
        stream.write(struct.pack(">qq", element.start, element.end))

    def deserialize(self, stream: BytesIO) -> TimeWindow:
        """Reads 16 bytes."""
        return TimeWindow(*struct.unpack(">qq", stream.read(16)))


class CountWindowSerializer(TypeSerializer[CountWindow]):
    """The number as a 64-bit integer."""

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, element: CountWindow, stream: BytesIO) -> None:
        """Writes 8 bytes."""
        stream.write(struct.pack(">q", element.id))

    def deserialize(self, stream: BytesIO) -> CountWindow:
        """Reads 8 bytes."""
        return CountWindow(*struct.unpack(">q", stream.read(8)))


class GlobalWindowSerializer(TypeSerializer[GlobalWindow]):
    """One byte, so that there is something."""

    def __init__(self) -> None:
        super().__init__()

    def serialize(self, element: GlobalWindow, stream: BytesIO) -> None:
        """Writes a byte."""
        stream.write(b"\0")

    def deserialize(self, stream: BytesIO) -> GlobalWindow:
        """Reads a byte."""
        stream.read(1)
        return GlobalWindow.get()
