"""The only way from the Python package to the engine.

``Session`` carries requests (dicts, in the JSON form of plan.proto) and rows between the two. What
goes wrong in the engine is raised here: the user's own exception as itself, with a note that says
which operator and row it comes from, and everything else as a class of
``headrace.util.exceptions``.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import traceback
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from headrace.util import exceptions

if TYPE_CHECKING:
    import pyarrow as pa

    from headrace import _native
else:
    try:  # embedded: the engine is built into this process
        import _headrace_native as _native
    except ImportError:
        from headrace import _native

__all__ = [
    "Rows",
    "Session",
    "counters",
    "engine_version",
    "main",
    "numbers",
    "worker_ask",
    "worker_main",
    "worker_send",
]

_T = TypeVar("_T")
_ROW_KINDS = ("+I", "-U", "+U", "-D")


@dataclass(frozen=True)
class Rows:
    """One batch of a result: an Arrow record batch, or a list of objects.

    ``kinds`` has a byte a row, 0 to 3 for +I, -U, +U, -D; None means that all are +I.
    """

    batch: pa.RecordBatch | None
    objects: list[Any] | None
    kinds: bytes | None

    def __len__(self) -> int:
        return len(self.objects) if self.objects is not None else _rows_of(self.batch)

    def kind(self, row: int) -> str:
        """The kind of a row, as "+I"."""
        return "+I" if self.kinds is None else _ROW_KINDS[self.kinds[row]]


def _rows_of(batch: pa.RecordBatch | None) -> int:
    return 0 if batch is None else int(batch.num_rows)


class _ArrowArray:
    """What the engine exported, as pyarrow imports it."""

    def __init__(self, schema: object, array: object) -> None:
        self._pair = (schema, array)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._pair


class Session:
    """A session of the engine: its catalog, configuration, jobs and the rows put into it."""

    def __init__(self, config: Mapping[str, str] | None = None) -> None:
        self._id: int | None = None
        self._id = _result(_native.session_open(json.dumps(dict(config or {})).encode()))
        # A program makes environments as it likes: one that is gone keeps nothing of the engine's.
        self._drop = weakref.finalize(self, _native.session_drop, self._id)
        self._drop.atexit = False

    def call(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a request (plan.proto's Request in JSON) and returns the answer.

        It waits as long as the request says; Ctrl-C cancels what it waits for.
        """
        answer = _result(_native.session_call(self._open(), json.dumps(request).encode()))
        reply: dict[str, Any] = json.loads(answer) if answer else {}
        return reply

    def put_arrow(self, data: Any) -> str:
        """Puts rows into the engine without a copy and returns their handle.

        Takes what has ``__arrow_c_stream__``: pyarrow tables, readers and batches, polars frames.
        """
        return _result(_native.put_arrow(self._open(), data.__arrow_c_stream__()))

    def put_objects(self, values: Sequence[Any]) -> str:
        """Puts live objects, copied where they can change, and returns their handle."""
        items = values if type(values) is list else list(values)
        return _result(_native.put_objects(self._open(), items))

    def fetch(
        self, handle: str, timeout_ms: int = -1, shape: str | None = None
    ) -> Rows | None:
        """Waits for the next batch of a result; None at its end.

        Raises TimeoutError when nothing has come within the time (-1: no limit). A shape asks
        for Python objects where the engine can make them of its columns: JSON, an object
        {"tuple": bool, "names": [str], "kids": [shapes]} for the type and its children, tuple
        being true where a ROW is to be a tuple, names those of the fields of another ROW.
        """
        payload = _result(_native.fetch(self._open(), handle, timeout_ms, shape))
        if payload[0] == "arrow":
            return Rows(_record_batch(payload[1], payload[2]), None, payload[3])
        if payload[0] == "objects":
            return Rows(None, payload[1], payload[2])
        if payload[0] == "timeout":
            raise TimeoutError(f"no rows within {timeout_ms} ms")
        return None

    def close(self) -> None:
        """Cancels the session's jobs and forgets it; twice does no harm."""
        if self._id is not None:
            self._drop.detach()
            _native.session_close(self._id)
            self._id = None

    def _open(self) -> int:
        if self._id is None:
            raise exceptions.HeadraceError("the session is closed")
        return self._id

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _record_batch(schema: object, array: object) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.record_batch(_ArrowArray(schema, array))


def _result(reply: tuple[_T, None, None] | _native.Failure) -> _T:
    result, error, exception = reply
    if error is not None:
        _raise(json.loads(error), exception)
    return cast(_T, result)


_CLASSES: dict[str, type[exceptions.HeadraceError]] = {
    "user": exceptions.ValidationException,
    "data": exceptions.JobFailedError,
    "transient": exceptions.JobFailedError,
    "corrupt": exceptions.JobFailedError,
    "cancelled": exceptions.JobCancelledError,
}


def _raise(failure: dict[str, str], exception: BaseException | None) -> NoReturn:
    if exception is not None:
        _note(exception, failure["note"])
        _explain(exception)
        raise exception
    kind = getattr(exceptions, failure["kind"], None)
    if not (isinstance(kind, type) and issubclass(kind, exceptions.HeadraceError)):
        kind = _CLASSES.get(failure["mark"], exceptions.HeadraceError)
    text = failure["message"]
    if failure["place"]:
        text = f"{failure['place']}: {text}"
    if failure["remedy"]:
        text = f"{text} ({failure['remedy']})"
    if failure["traceback"]:
        text = f"{text}\n{failure['traceback']}"
    raise kind(text)


def _explain(exception: BaseException) -> None:
    """Puts the task's traceback, as text, at the end of the chain of causes.

    What only has str() of an exception and its causes, such as a log, sees the user's line too.
    """
    last = exception
    while last.__cause__ is not None:
        last = last.__cause__
    if not isinstance(last, exceptions.JobFailedError):
        text = "".join(
            traceback.format_exception(type(exception), exception, exception.__traceback__)
        )
        last.__cause__ = exceptions.JobFailedError(f"in a task of the job:\n{text}")


def _note(exception: BaseException, note: str) -> None:
    """Says where an exception comes from: as a note, before Python 3.11 as one more argument."""
    if not note:
        return
    if sys.version_info >= (3, 11):
        if note not in getattr(exception, "__notes__", ()):
            exception.add_note(note)
    elif note not in exception.args:
        exception.args = (*exception.args, note)


def engine_version() -> str:
    """The version of the engine."""
    return _native.version()


def counters() -> dict[str, int]:
    """What is outstanding at the boundary: exported and imported arrays, references."""
    return _native.counters()


def numbers(values: list[Any], of: type) -> bytearray | None:
    """Items that are exactly ints, or floats, as of says, 64 bits each; None when not all are."""
    return _native.numbers(values, of)


def main() -> int:
    """The headrace command: the engine's command line, in this process."""
    return _native.main([sys.executable, *sys.argv[1:]])


def worker_main() -> None:
    """Serves a job's process, which started this one, until it needs this one no more."""
    _native.worker_main()


def worker_send(kind: int, data: bytes) -> None:
    """Sends the job what was printed (0: output, 1: error) or a log record (2), pickled."""
    _native.worker_send(kind, data)


def worker_ask(name: str) -> bytes:
    """An attribute of the program's __main__, pickled; empty when it has none of the name."""
    return _native.worker_ask(name)


atexit.register(_native.shutdown)
# The engine refuses every call in a forked child, whose end must not fail of that.
os.register_at_fork(after_in_child=lambda: atexit.unregister(_native.shutdown))
