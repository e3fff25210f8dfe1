"""Where in the user's program a call of the API stands."""

from __future__ import annotations

import os
import sys
from types import FrameType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def origin() -> str:
    """The innermost frame outside headrace as "file:line", empty where there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith((_PACKAGE, "<frozen")) and not _generated(frame):
            return f"{path}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def _generated(frame: FrameType) -> bool:
    """A method that dataclasses wrote for one of headrace's classes has no file of ours."""
    return str(frame.f_globals.get("__name__")).startswith("headrace.")
