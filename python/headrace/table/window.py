"""Windows of the Table API: tumbling, sliding, session and over windows."""

from __future__ import annotations

from typing import Any

from headrace.table._expr.base import json_of, select_json
from headrace.table._json import Json

__all__ = [
    "GroupWindow",
    "Over",
    "OverWindow",
    "OverWindowPartitioned",
    "OverWindowPartitionedOrdered",
    "OverWindowPartitionedOrderedPreceding",
    "Session",
    "SessionWithGap",
    "SessionWithGapOnTime",
    "Slide",
    "SlideWithSize",
    "SlideWithSizeAndSlide",
    "SlideWithSizeAndSlideOnTime",
    "Tumble",
    "TumbleWithSize",
    "TumbleWithSizeOnTime",
]


class GroupWindow:
    """A finished group window, for Table.window()."""

    def __init__(self, java_window: Json) -> None:
        self._json = java_window


class _Named:
    """A window that needs its alias yet."""

    def __init__(self, java_window: Json) -> None:
        self._json = java_window

    def alias(self, alias: str) -> GroupWindow:
        """Names the window, for group_by and select."""
        return GroupWindow({**self._json, "alias": alias})


class TumbleWithSizeOnTime(_Named):
    """A tumbling window on a time attribute."""


class SlideWithSizeAndSlideOnTime(_Named):
    """A sliding window on a time attribute."""


class SessionWithGapOnTime(_Named):
    """A session window on a time attribute."""


class TumbleWithSize:
    """A tumbling window of a size."""

    def __init__(self, java_window: Json) -> None:
        self._json = java_window

    def on(self, time_field: Any) -> TumbleWithSizeOnTime:
        """The time attribute, a column or its name."""
        return TumbleWithSizeOnTime({**self._json, "on": select_json(time_field)})


class SlideWithSizeAndSlide:
    """A sliding window of a size and a step."""

    def __init__(self, java_window: Json) -> None:
        self._json = java_window

    def on(self, time_field: Any) -> SlideWithSizeAndSlideOnTime:
        """The time attribute, a column or its name."""
        return SlideWithSizeAndSlideOnTime({**self._json, "on": select_json(time_field)})


class SlideWithSize:
    """A sliding window of a size."""

    def __init__(self, java_window: Json) -> None:
        self._json = java_window

    def every(self, slide: Any) -> SlideWithSizeAndSlide:
        """How far apart windows begin: an interval or a number of rows."""
        return SlideWithSizeAndSlide({**self._json, "slide": json_of(slide)})


class SessionWithGap:
    """A session window of a gap."""

    def __init__(self, java_window: Json) -> None:
        self._json = java_window

    def on(self, time_field: Any) -> SessionWithGapOnTime:
        """The time attribute, a column or its name."""
        return SessionWithGapOnTime({**self._json, "on": select_json(time_field)})


class Tumble:
    """Windows of a fixed size, one after the other.

    >>> from headrace.table.expressions import col, lit
    >>> w = Tumble.over(lit(10).minutes).on(col("ts")).alias("w")
    """

    @classmethod
    def over(cls, size: Any) -> TumbleWithSize:
        """Windows of an interval, or of a number of rows."""
        return TumbleWithSize({"kind": "tumble", "size": json_of(size)})


class Slide:
    """Windows of a fixed size that overlap."""

    @classmethod
    def over(cls, size: Any) -> SlideWithSize:
        """Windows of an interval, or of a number of rows."""
        return SlideWithSize({"kind": "slide", "size": json_of(size)})


class Session:
    """Windows that end where no row comes for a while."""

    @classmethod
    def with_gap(cls, gap: Any) -> SessionWithGap:
        """How long no row may come."""
        return SessionWithGap({"kind": "session", "gap": json_of(gap)})


class OverWindow:
    """A finished over window, for Table.over_window()."""

    def __init__(self, java_over_window: Json) -> None:
        self._json = java_over_window


class OverWindowPartitionedOrderedPreceding:
    """An over window with a beginning."""

    def __init__(self, java_over_window: Json) -> None:
        self._json = java_over_window

    def alias(self, alias: str) -> OverWindow:
        """Names the window, for .over(col(alias))."""
        return OverWindow({**self._json, "alias": alias})

    def following(self, following: Any) -> OverWindowPartitionedOrderedPreceding:
        """Where the window ends: CURRENT_ROW, CURRENT_RANGE, rows or an interval."""
        end = {**self._json, "following": json_of(following)}
        return OverWindowPartitionedOrderedPreceding(end)


class OverWindowPartitionedOrdered:
    """An over window with an order."""

    def __init__(self, java_over_window: Json) -> None:
        self._json = java_over_window

    def alias(self, alias: str) -> OverWindow:
        """Names the window, which reaches from the first row to the current one."""
        return OverWindow({**self._json, "alias": alias})

    def preceding(self, preceding: Any) -> OverWindowPartitionedOrderedPreceding:
        """Where the window begins: UNBOUNDED_ROW, UNBOUNDED_RANGE, rows or an interval."""
        begin = {**self._json, "preceding": json_of(preceding)}
        return OverWindowPartitionedOrderedPreceding(begin)


class OverWindowPartitioned:
    """An over window with its partition."""

    def __init__(self, java_over_window: Json) -> None:
        self._json = java_over_window

    def order_by(self, order_by: Any) -> OverWindowPartitionedOrdered:
        """The time attribute that orders the rows."""
        return OverWindowPartitionedOrdered({**self._json, "order": select_json(order_by)})


class Over:
    """Windows that end at each row.

    >>> from headrace.table.expressions import col, row_interval
    >>> w = Over.partition_by("a").order_by("ts").preceding(row_interval(3)).alias("w")
    """

    @classmethod
    def order_by(cls, order_by: Any) -> OverWindowPartitionedOrdered:
        """A window over all rows in the order of a time attribute."""
        return OverWindowPartitionedOrdered({"order": select_json(order_by)})

    @classmethod
    def partition_by(cls, *partition_by: Any) -> OverWindowPartitioned:
        """A window over the rows of equal values."""
        return OverWindowPartitioned({"partition": [select_json(p) for p in partition_by]})
