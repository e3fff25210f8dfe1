"""Operators that give nothing before their input has ended."""

from __future__ import annotations

from typing import Any

from headrace.datastream.window import GlobalWindows, Trigger, WindowAssigner


def end_of_stream_option(
    assigner: WindowAssigner[Any, Any], trigger: Trigger[Any, Any] | None
) -> dict[str, str] | None:
    """Tells the engine of windows that fire once, at the end: their input is read blocking."""
    if isinstance(assigner, GlobalWindows) and assigner._end_of_stream and trigger is None:
        return {"end-of-stream": "true"}
    return None
