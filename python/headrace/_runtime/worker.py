"""The worker process: runs what a job's process asks for, and looks like it to user code.

What is printed and logged appears there, in its streams and handlers. ``__main__`` is the
program's: its classes and functions come from there when a pickle names them.
"""

from __future__ import annotations

import io
import json
import logging
import pickle
import signal
import sys
import types
from typing import Any

from headrace import _core
from headrace._runtime import accumulators, pickling

__all__ = ["flush", "main", "setup"]

_OUT, _ERR, _LOG = 0, 1, 2


class _Stream(io.RawIOBase):
    """A standard stream whose text appears in the job's process."""

    def __init__(self, kind: int) -> None:
        self._kind = kind

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raw = bytes(data)
        _core.worker_send(self._kind, raw)
        return len(raw)


def _text(kind: int) -> io.TextIOWrapper:
    buffered = io.BufferedWriter(_Stream(kind))
    return io.TextIOWrapper(
        buffered, encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


class _Handler(logging.Handler):
    """Sends records to the handlers of the job's process."""

    def emit(self, record: logging.LogRecord) -> None:
        fields = dict(vars(record))
        fields["msg"] = record.getMessage()
        fields["args"] = None
        if record.exc_info:
            fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
            fields["exc_info"] = None
        try:
            raw = pickle.dumps(fields)
        except Exception:  # an extra field that cannot travel goes as its text
            known = vars(logging.makeLogRecord({}))
            raw = pickle.dumps({k: v if k in known else repr(v) for k, v in fields.items()})
        _core.worker_send(_LOG, raw)


class _Main(types.ModuleType):
    """The program's __main__, which lives in the job's process."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '__main__' has no attribute {name!r}")
        raw = _core.worker_ask(name)
        if not raw:
            raise AttributeError(f"module '__main__' has no attribute {name!r}")
        value = pickling.loads(raw)
        setattr(self, name, value)
        return value


def setup(data: bytes) -> None:
    """Makes this process look like the job's; see parent.setup."""
    told = json.loads(data)
    sys.argv[:] = told["argv"]
    module = _Main("__main__")
    if told["main"]:
        module.__file__ = told["main"]
    sys.modules["__main__"] = module
    if told["pyflink"]:
        from headrace import pyflink

        pyflink.install()
    sys.stdout, sys.stderr = _text(_OUT), _text(_ERR)
    logging.root.handlers[:] = [_Handler()]
    for name, level in told["levels"].items():
        logging.getLogger(name or None).setLevel(level)
    logging.disable(told["disabled"])
    accumulators.send_to(_send_accumulators)


def _send_accumulators(raw: bytes) -> None:
    _core.worker_send(_LOG, pickle.dumps({accumulators.TOKEN: raw}))


def flush() -> None:
    """Sends what has been printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def main() -> None:
    """Serves the job's process until it needs this one no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the job decides what Ctrl-C ends
    _core.worker_main()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
