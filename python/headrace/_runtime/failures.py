"""Exceptions on their way out of a worker process: as themselves, with their tracebacks.

An exception is pickled with what pickle forgets: the frames it went through, its notes, causes and
contexts. In the job's process it gets a traceback of frames that look alike, so that whoever
prints it sees the user's own lines.
"""

from __future__ import annotations

import pickle
import types
from typing import Any

import cloudpickle

__all__ = ["dump", "load"]

_CHAIN_MAX = 16  # causes and contexts that are kept
_FRAMES_MAX = 64

_Frame = tuple[str, str, int]  # file, function, line


def dump(exception: BaseException) -> bytes:
    """The exception with its traceback and causes."""
    raw: bytes = cloudpickle.dumps(_describe(exception, _CHAIN_MAX))
    return raw


def _describe(exception: BaseException, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pickled": _pickled(exception),
        "frames": _frames(exception.__traceback__),
        "notes": [str(n) for n in getattr(exception, "__notes__", ())],
        "suppress": exception.__suppress_context__,
    }
    if depth > 0 and exception.__cause__ is not None:
        found["cause"] = _describe(exception.__cause__, depth - 1)
    elif depth > 0 and exception.__context__ is not None and not exception.__suppress_context__:
        found["context"] = _describe(exception.__context__, depth - 1)
    return found


def _pickled(exception: BaseException) -> bytes:
    """The exception itself; where it does not survive pickling, its class, text and attributes."""
    try:
        raw: bytes = cloudpickle.dumps(exception)
        if type(pickle.loads(raw)) is type(exception):
            return raw
    except Exception:
        pass
    attributes = {}
    for name, value in vars(exception).items():
        try:
            pickle.loads(cloudpickle.dumps(value))
        except Exception:
            continue
        attributes[name] = value
    args = [a if isinstance(a, str | int | float | None) else repr(a) for a in exception.args]
    made: bytes = cloudpickle.dumps(_Remains(type(exception), tuple(args), attributes))
    return made


class _Remains:
    """What is left of an exception that cannot be pickled."""

    def __init__(
        self, cls: type[BaseException], args: tuple[Any, ...], attributes: dict[str, Any]
    ) -> None:
        self.cls = cls
        self.args = args
        self.attributes = attributes

    def revive(self) -> BaseException:
        made = self.cls.__new__(self.cls)
        made.args = self.args
        made.__dict__.update(self.attributes)
        return made


def _frames(traceback: types.TracebackType | None) -> list[_Frame]:
    found: list[_Frame] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append((code.co_filename, code.co_name, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found[-_FRAMES_MAX:]


def load(raw: bytes) -> BaseException:
    """What dump() was given, as far as it can be had here."""
    return _revive(pickle.loads(raw))


def _revive(found: dict[str, Any]) -> BaseException:
    try:
        exception = pickle.loads(found["pickled"])
        if isinstance(exception, _Remains):
            exception = exception.revive()
    except Exception as e:  # its class cannot be found here
        exception = RuntimeError(f"an exception of a worker cannot be read: {e}")
    if found["notes"] and not getattr(exception, "__notes__", None):
        exception.__notes__ = found["notes"]
    exception.__traceback__ = _traceback(found["frames"])
    if "cause" in found:
        exception.__cause__ = _revive(found["cause"])
    elif "context" in found:
        exception.__context__ = _revive(found["context"])
    exception.__suppress_context__ = found["suppress"]
    return exception  # type: ignore[no-any-return]


def _traceback(frames: list[_Frame]) -> types.TracebackType | None:
    """A traceback through frames of these names."""
    made: types.TracebackType | None = None
    for file, name, line in reversed(frames):
        source = compile("import sys\nframe = sys._getframe()", file, "exec")
        names: dict[str, Any] = {"__name__": "<worker>", "__file__": file}
        exec(source.replace(co_name=name, co_firstlineno=line), names)
        frame = names.pop("frame")
        # No instruction: Python 3.11 and later then take the line that is given here.
        made = types.TracebackType(made, frame, -1, line)
    return made
