"""Which windows of a key have become one, and where the state of each is.

A window that grows keeps the state namespace of the first window in it, so that merging two
windows moves the state of one only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from headrace.datastream.window.session import MergingWindowAssigner
from headrace.datastream.window.window import Window

OnMerge = Callable[[Any, list[Any], Any, list[Any]], None]


class MergingWindows:
    """The windows of one key, each with the window whose namespace holds its state.

    >>> from headrace.datastream.window import EventTimeSessionWindows, TimeWindow
    >>> windows = MergingWindows(EventTimeSessionWindows(10), [])
    >>> windows.add(TimeWindow(0, 10), lambda *merged: None)
    TimeWindow(start=0, end=10)
    >>> windows.add(TimeWindow(5, 15), lambda *merged: None)
    TimeWindow(start=0, end=15)
    >>> windows.state_window(TimeWindow(0, 15))
    TimeWindow(start=0, end=10)
    """

    def __init__(
        self,
        assigner: MergingWindowAssigner[Any, Any],
        pairs: Iterable[tuple[Window, Window]],
    ) -> None:
        self._assigner = assigner
        self._homes: dict[Window, Window] = dict(pairs)

    def pairs(self) -> list[tuple[Window, Window]]:
        """What to keep as state."""
        return list(self._homes.items())

    def state_window(self, window: Window) -> Window | None:
        """Where the window's state is, None where there is no such window."""
        return self._homes.get(window)

    def retire(self, window: Window) -> None:
        """Forgets a window."""
        self._homes.pop(window, None)

    def add(self, window: Window, on_merge: OnMerge) -> Window:
        """Adds a window and gives the one that it is part of now.

        on_merge(result, merged, home, emptied) is called for windows that were there before and
        became one: their states are to be merged from the emptied namespaces into home's.
        """
        if window in self._homes:
            return window
        found = _Collect()
        self._assigner.merge_windows([*self._homes, window], found)
        result = window
        for parts, merged in found.merges:
            if window in parts:
                parts.remove(window)
                result = merged
            if not parts:
                continue
            homes = [self._homes.pop(part) for part in parts]
            self._homes[merged] = homes[0]
            if parts != [merged]:
                on_merge(merged, parts, homes[0], homes[1:])
        self._homes.setdefault(result, result)
        return result


class _Collect(MergingWindowAssigner.MergeCallback[Any]):
    """Collects the merges, which must not change the windows while they are looked at."""

    def __init__(self) -> None:
        self.merges: list[tuple[list[Any], Any]] = []

    def merge(self, to_be_merged: Iterable[Any], merge_result: Any) -> None:
        """Notes a merge."""
        self.merges.append((list(to_be_merged), merge_result))
