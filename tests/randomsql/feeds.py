"""Tables whose rows and changes are in this process, and a sink that commits into it.

A source stands still at its gate, so that a savepoint or a failure comes in the middle; what a run
has committed is the list of its changes, each counted once however often it is committed.
"""

from __future__ import annotations

import collections
import datetime
import glob
import pickle
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import engines
import queries

from headrace.common import Row, RowKind
from headrace.datastream.connectors.base import (
    Committer,
    Sink,
    SinkWriter,
    Source,
    SourceReader,
)

Change = tuple[RowKind, tuple[object, ...]]
INSERT, BEFORE, AFTER, DELETE = (
    RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE,
)  # fmt: skip
TIME = "time"
START = datetime.datetime(2024, 1, 1)

# The tables of the random queries with what a stream has beside it: times, kinds of changes.
COLUMNS = {
    "orders": [*queries.COLUMNS["orders"], ("ts", TIME)],
    "parts": queries.COLUMNS["parts"],
    "names": queries.COLUMNS["names"],
    "bids": [("id", queries.INT), ("k", queries.INT), ("s", queries.STR), ("d", queries.DBL),
             ("ts", TIME)],
    "late": [("id", queries.INT), ("k", queries.INT), ("d", queries.DBL), ("ts", TIME)],
    "rates": [("k", queries.INT), ("rate", queries.INT), ("ts", TIME)],
}  # fmt: skip
MODES = {"parts": "upsert", "names": "all", "rates": "upsert"}
KEYS = {"parts": "id", "rates": "k"}
SPLITS = {"parts": 2, "bids": 2}
DELAY = {"orders": 5, "bids": 5, "late": 1, "rates": 5}


@dataclass
class Run:
    """One execution: what is read, where it is interrupted and what it has committed."""

    feeds: dict[str, list[Change]]
    checkpoints: str = ""
    fails: bool = False
    slow: bool = False  # rows are on their way when checkpoints are taken
    gates: dict[str, int] = field(default_factory=dict)  # none: nothing is interrupted
    at_gate: dict[object, bool] = field(default_factory=dict)
    committed: dict[str, list[Change]] = field(default_factory=dict)

    def stands(self) -> bool:
        """Whether every split that is read has come to its gate."""
        return bool(self.at_gate) and all(self.at_gate.values())

    def changes(self) -> list[Change]:
        return [c for part in self.committed.values() for c in part]


RUNS: dict[str, Run] = {}


def random_feeds(rng: random.Random) -> dict[str, list[Change]]:
    """The changes of each table, in the order in which they come."""
    feeds: dict[str, list[Change]] = {}
    for table, columns in COLUMNS.items():
        if table in MODES:
            feeds[table] = _changes(rng, table, columns)
        else:
            feeds[table] = _inserts(rng, table, columns)
    return feeds


def _row(rng: random.Random, columns: list[tuple[str, str]], at: int) -> tuple[object, ...]:
    moment = START + datetime.timedelta(milliseconds=at)
    return tuple(moment if kind == TIME else engines.value(rng, kind) for _, kind in columns)


def _inserts(rng: random.Random, table: str, columns: list[tuple[str, str]]) -> list[Change]:
    """New rows, numbered in their first column, whose times jump about by less than the delay
    of watermarks, but for the table of late rows. No two times of orders are equal."""
    at, found, used = 0, [], set()
    for n in range(rng.randint(60, 120)):
        at += rng.choice((0, 50, 200, 900, 900, 7000)) if n else 0
        back = 5 if table == "late" else DELAY[table] - 1
        when = max(at - rng.randint(0, back * 1000), 0)
        while table == "orders" and when in used:
            when += 1
        used.add(when)
        found.append((INSERT, (n, *_row(rng, columns, when)[1:])))
    return found


def _changes(rng: random.Random, table: str, columns: list[tuple[str, str]]) -> list[Change]:
    """Rows that come, change and go; of rows without a key several may be equal."""
    alive: dict[int, tuple[object, ...]] = {}
    found: list[Change] = []
    has_key = table in KEYS
    at = 0
    for n in range(rng.randint(40, 90)):
        at += rng.choice((0, 900, 3000))
        roll = rng.random()
        row = _row(rng, columns, at + rng.randint(0, 500))
        if alive and roll < 0.2 and table != "rates":
            gone = alive.pop(rng.choice(list(alive)))
            found.append((DELETE, gone))
        elif alive and roll < 0.55:
            key = rng.choice(list(alive))
            old, alive[key] = alive[key], (key, *row[1:]) if has_key else row
            found += [] if has_key else [(BEFORE, old)]
            found.append((AFTER, alive[key]))
        else:
            key = rng.randint(-2, 12) if has_key else n
            known = key in alive
            alive[key] = (key, *row[1:]) if has_key else row
            found.append((AFTER if known else INSERT, alive[key]))
    return found


def final(table: str, changes: list[Change]) -> list[tuple[object, ...]]:
    """The rows that are left."""
    return list(fold(changes, [0] if table in KEYS else None).elements())


def fold(changes: list[Change], key: list[int] | None) -> collections.Counter[tuple[object, ...]]:
    """The multiset that changes leave; with a key each row is the newest of its key."""
    if key is not None:
        newest: dict[tuple[object, ...], tuple[object, ...]] = {}
        for kind, row in changes:
            values = tuple(row[i] for i in key)
            if kind in (INSERT, AFTER):
                newest[values] = row
            else:
                newest.pop(values, None)
        return collections.Counter(newest.values())
    folded: collections.Counter[tuple[object, ...]] = collections.Counter()
    for kind, row in changes:
        folded[row] += 1 if kind in (INSERT, AFTER) else -1
    assert min(folded.values(), default=0) >= 0, "more is taken back than was there"
    return +folded


class Feed(Source):
    """A table of a run."""

    def __init__(self, run: str, table: str) -> None:
        super().__init__()
        self.run, self.table = run, table

    def splits(self) -> list[int]:
        return list(range(SPLITS.get(self.table, 1)))

    def create_reader(self, context: Any) -> SourceReader:
        return FeedReader(RUNS[self.run], self.table)


class FeedReader(SourceReader):
    def __init__(self, run: Run, table: str) -> None:
        self.run, self.table = run, table

    def read(self, split: Any, position: Any) -> Iterator[Any]:
        count = SPLITS.get(self.table, 1)
        changes = [c for c in self.run.feeds[self.table] if int(str(c[1][0] or 0)) % count == split]
        gate = self.run.gates.get(self.table, len(changes)) // count
        place = (id(self), split)
        self.run.at_gate[place] = not self.run.gates
        for n in range(position or 0, len(changes) + 1):
            if n == min(gate, len(changes)):
                yield from self._wait(place)
            if n == min(gate + 3, len(changes)):
                self._fail()
            if n < len(changes):
                kind, values = changes[n]
                yield Row.of_kind(kind, *values), n + 1

    def _wait(self, place: object) -> Iterator[None]:
        """Stands at the gate: for good, or until checkpoints have been taken there."""
        self.run.at_gate[place] = True
        first = 0 if self.run.slow else newest(self.run.checkpoints) + 1
        while self.run.gates and not (self.run.fails and newest(self.run.checkpoints) > first):
            yield None

    def _fail(self) -> None:
        if self.run.gates:
            self.run.gates = {}
            raise RuntimeError("fails once")


def newest_path(checkpoints: str) -> str:
    """The directory of the newest complete checkpoint."""
    return glob.glob(f"{checkpoints}/*/chk-{newest(checkpoints)}")[0]


def newest(checkpoints: str) -> int:
    """The number of the newest complete checkpoint."""
    done = glob.glob(f"{checkpoints}/*/chk-*/_metadata")
    return max((int(p.split("chk-")[-1].split("/")[0]) for p in done), default=0)


class Changes(Sink):
    """Takes the changes of a run, exactly once."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run = run

    def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
        return ChangesWriter(RUNS[self.run])

    def create_committer(self, context: Any) -> Committer:
        return ChangesCommitter(RUNS[self.run])


class ChangesWriter(SinkWriter):
    def __init__(self, run: Run) -> None:
        self.run = run
        self.changes: list[Change] = []

    def write(self, element: Any, context: Any) -> None:
        if self.run.slow and self.run.gates:
            time.sleep(0.0005)
        self.changes.append((element.get_row_kind(), tuple(element)))

    def prepare_commit(self) -> list[Any]:
        taken, self.changes = self.changes, []
        return [pickle.dumps((uuid.uuid4().hex, taken))] if taken else []


class ChangesCommitter(Committer):
    def __init__(self, run: Run) -> None:
        self.run = run

    def commit(self, committables: list[Any]) -> None:
        for data in committables:
            name, changes = pickle.loads(data)
            self.run.committed.setdefault(name, changes)
