"""Savepoints outside of jobs: the state of Python functions read, changed, and written anew.

>>> from headrace.savepoint import Savepoint
>>> savepoint = Savepoint("savepoints/savepoint-3f2a91-000007")
>>> savepoint.to_arrow("counter", "count").to_pandas()
>>> path = savepoint.edit("counter", "count", {"alice": 5, "bob": None}).write("savepoints")

What is read and written are the keyed states of DataStream functions, as they declared them: the
value of a ValueState, the list of a ListState, the dict of a MapState, the accumulator of the
others. Everything else of a savepoint (timers, sources, sinks, the state of SQL) is carried over as
it is. A checkpoint can be read, and written as a savepoint, unless it holds records in flight.
"""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace import _core
from headrace._runtime import keys as _keys
from headrace._runtime import objects as _objects
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Entry", "Operator", "Savepoint"]

_WINDOW = 0xF0
_WINDOW_BYTES = 17
_SIGN = 1 << 63


class Entry(NamedTuple):
    """The state of one key: the window [start, end) in milliseconds where the state is a window's,
    else None, and the value."""

    key: Any
    window: tuple[int, int] | None
    value: Any


@dataclasses.dataclass(frozen=True)
class Operator:
    """An operator that has state; states are the keyed states that its functions declared, with
    the number of keys that have each."""

    uid: str
    name: str
    parallelism: int
    max_parallelism: int
    states: Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class _Edit:
    uid: str
    state: str
    values: Mapping[Any, Any]


class Savepoint:
    """A savepoint or checkpoint in a directory. Nothing is changed in place.

    Raises ValidationException when there is none, and JobFailedError when one of its files is
    missing or damaged: all are checked.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._session = _core.Session()
        self._edits: tuple[_Edit, ...] = ()
        self._contents: dict[str, Any] = json.loads(self._call("contents")["text"])

    @property
    def path(self) -> str:
        """Where it was read."""
        return str(self._contents["path"])

    def operators(self) -> list[Operator]:
        """The operators that it has state of, in order of their uids."""
        return [
            Operator(
                o["uid"],
                o["name"],
                o["parallelism"],
                o["maxParallelism"],
                {s["name"]: s["keys"] for s in o.get("states", ()) if _declared(s["name"])},
            )
            for o in self._contents["operators"]
        ]

    def entries(self, uid: str, state: str) -> Iterator[Entry]:
        """The keys that have a state of an operator, given by its uid or by a name that only it
        has, in the order of their key groups; edits count."""
        edited = self._edited(uid, state)
        for key, window, _, value in self._rows(uid, state):
            if window is None and key in edited:
                continue
            yield Entry(key, window, _value(value))
        for key, value in edited.items():
            if value is not None:
                yield Entry(key, None, value)

    def to_arrow(self, uid: str, state: str) -> pa.Table:
        """The keys and values of a state as a table with the columns key and value, and
        window_start and window_end (milliseconds) where windows have it.

        Raises ApiError when the keys or values have no common Arrow type: entries() gives them as
        they are.
        """
        import pyarrow as pa

        found = list(self.entries(uid, state))
        columns = {"key": [e.key for e in found], "value": [e.value for e in found]}
        if any(e.window for e in found):
            windows = [e.window or (None, None) for e in found]
            columns["window_start"] = [start for start, _ in windows]
            columns["window_end"] = [end for _, end in windows]
        try:
            return pa.table({name: pa.array(values) for name, values in columns.items()})
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise ApiError(
                f"state {state!r} of {uid} has no Arrow form: {error}; entries() gives its values"
            ) from error

    def edit(self, uid: str, state: str, values: Mapping[Any, Any] | pa.Table) -> Savepoint:
        """This savepoint with other values for some keys of a state, to be written.

        values maps keys to values; None takes the state from a key. An Arrow table has the columns
        key and value. Keys that the savepoint does not have are added. Values are what the state
        holds: of a ListState a list, of a MapState a dict. States of windows cannot be edited.
        """
        changes = values if isinstance(values, Mapping) else _pairs(values)
        self._call("check", uid=uid, state=state)
        out = object.__new__(Savepoint)
        out._path, out._session, out._contents = self._path, self._session, self._contents
        out._edits = (*self._edits, _Edit(uid, state, dict(changes)))
        return out

    def write(self, directory: str | Path) -> str:
        """Writes a new savepoint below a directory and returns its path, which
        `execution.state-recovery.path` and `headrace run --from-savepoint` take."""
        requests = []
        for uid, state in dict.fromkeys((e.uid, e.state) for e in self._edits):
            rows = self._encoded(uid, state)
            handle = self._session.put_arrow(rows)
            requests.append({"uid": uid, "state": state, "handle": handle})
        return str(self._call("write", target=str(directory), edits=requests)["path"])

    # ------------------------------------------------------------ rows of the engine

    def _call(self, verb: str, **fields: Any) -> dict[str, Any]:
        return self._session.call({"savepoint": {"verb": verb, "path": self._path, **fields}})

    def _edited(self, uid: str, state: str) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        for edit in self._edits:
            if (edit.uid, edit.state) == (uid, state):
                merged.update(edit.values)
        return merged

    def _rows(
        self, uid: str, state: str
    ) -> Iterator[tuple[Any, tuple[int, int] | None, int, bytes]]:
        """Key, window, key group and encoded value."""
        handle = self._call("state", uid=uid, state=state)["handle"]
        while (rows := self._session.fetch(handle)) is not None:
            if rows.batch is None:
                continue
            for raw, group, value in zip(*(c.to_pylist() for c in rows.batch.columns), strict=True):
                key, window = _key(raw)
                yield key, window, group, value

    def _encoded(self, uid: str, state: str) -> pa.Table:
        import pyarrow as pa

        found = self._edited(uid, state)
        values = [None if v is None else _encode(v) for v in found.values()]
        return pa.table(
            {
                "key": pa.array([_keys.encode(k) for k in found], pa.binary()),
                "key_group": pa.array([-1] * len(found), pa.int32()),
                "value": pa.array(values, pa.binary()),
            }
        )


def _declared(state: str) -> bool:
    return not state.startswith(("timers:", "#"))


def _pairs(table: pa.Table) -> dict[Any, Any]:
    missing = {"key", "value"} - set(table.column_names)
    if missing:
        raise ApiError(f"the table has no column {' and '.join(sorted(missing))}: key and value")
    return dict(zip(table["key"].to_pylist(), table["value"].to_pylist(), strict=True))


def _key(raw: bytes) -> tuple[Any, tuple[int, int] | None]:
    key, end = _keys.decode_key(raw)
    rest = raw[end:]
    if not rest:
        return key, None
    if len(rest) != _WINDOW_BYTES or rest[0] != _WINDOW:
        raise ApiError("the keys are not those of a Python function")
    start, until = (int.from_bytes(rest[i : i + 8], "big") - _SIGN for i in (1, 9))
    return key, (start, until)


def _value(raw: bytes) -> Any:
    return pickle.loads(raw) if raw[:1] == b"\x80" else _keys.decode_value(raw)[0]


def _encode(value: Any) -> bytes:
    """As the engine does: plain values in their canonical form, all else pickled."""
    return _keys.encode_value(value) if _plain(value) else _objects.dumps(value)


def _plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(_plain, value))
    return value is None or type(value) in (bool, int, float, str, bytes)
