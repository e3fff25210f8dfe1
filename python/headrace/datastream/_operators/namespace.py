"""Windows in the form that state and timers know them by: plain values where possible.

Plain values are encoded the same in every version; a window of the user's own is taken as it is.
"""

from __future__ import annotations

from typing import Any

from headrace.datastream.window.window import CountWindow, GlobalWindow, TimeWindow, Window


def to_namespace(window: Window) -> Any:
    """The namespace of a window.

    >>> to_namespace(TimeWindow(0, 10)), to_namespace(CountWindow(3))
    ((0, 10), 3)
    """
    kind = type(window)
    if kind is TimeWindow:
        return (window.start, window.end)  # type: ignore[attr-defined]
    if kind is CountWindow:
        return window.id  # type: ignore[attr-defined]
    return None if kind is GlobalWindow else window


def to_window(namespace: Any) -> Window:
    """The inverse of to_namespace."""
    if type(namespace) is tuple:
        return TimeWindow(*namespace)
    if type(namespace) is int:
        return CountWindow(namespace)
    window: Window = GlobalWindow.get() if namespace is None else namespace
    return window
