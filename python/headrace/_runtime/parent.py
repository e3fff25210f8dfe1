"""What a job's process does for its worker processes: how they are started, what they ask for."""

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
from typing import Any

from headrace._runtime import accumulators, pickling

__all__ = ["ask", "command", "log", "setup"]

# The first thing that a worker does is to look for modules where this process does.
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from headrace._runtime import worker; worker.main()"
)


def command() -> tuple[list[str], bytes]:
    """How another Python like this one is started as a worker, and its environment."""
    if not sys.executable:
        raise RuntimeError(
            "worker processes cannot be started: sys.executable is not known in this Python "
            "(set python.execution-mode to thread)"
        )
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    environment = b"\0".join(k + b"=" + v for k, v in os.environb.items())
    path = [os.path.abspath(p) for p in sys.path]
    return [sys.executable, *flags, "-c", _START, json.dumps(path)], environment


def setup() -> bytes:
    """What a worker needs to look like this process to user code."""
    loggers = {
        name: logger.level
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and logger.level
    }
    pyflink = sys.modules.get("pyflink")
    main = sys.modules.get("__main__")
    return json.dumps(
        {
            "argv": sys.argv,
            "main": getattr(main, "__file__", None),
            "pyflink": pyflink is not None and pyflink is sys.modules.get("headrace"),
            "levels": {"": logging.root.level, **loggers},
            "disabled": logging.root.manager.disable,
        }
    ).encode()


def log(raw: bytes) -> None:
    """Hands a worker's log record to the handlers of this process, or keeps its accumulators."""
    fields = pickle.loads(raw)
    if accumulators.TOKEN in fields:
        accumulators.absorb(fields[accumulators.TOKEN])
        return
    record = logging.makeLogRecord(fields)
    logging.getLogger(record.name).handle(record)


def ask(name: str) -> bytes:
    """An attribute of the program's __main__, by value; empty when it has none of the name."""
    missing: Any = object()
    value = getattr(sys.modules.get("__main__"), name, missing)
    if value is missing:
        return b""
    return pickling.dumps(value)
