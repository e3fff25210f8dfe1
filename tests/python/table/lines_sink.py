"""A sink in Python that tests name in SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headrace.datastream.connectors.base import Committer, Sink, SinkWriter


class Lines(Sink):
    """Writes rows as JSON, into a hidden file that the committer shows."""

    def __init__(self, path: Path, fail: bool = False) -> None:
        super().__init__()
        self.path = path

    def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
        place = f"{context.get_attempt_number()}-{context.get_index_of_this_subtask()}"
        return LinesWriter(self.path, place, restored)

    def create_committer(self, context: Any) -> Committer:
        return LinesCommitter()


class LinesWriter(SinkWriter):
    def __init__(self, path: Path, place: str, restored: list[Any]) -> None:
        self.path, self.place, self.lines = path, place, []
        self.count = max(restored, default=0)

    def write(self, element: Any, context: Any) -> None:
        kind = str(element.get_row_kind())
        self.lines.append(json.dumps([kind, element.as_dict()], default=str))

    def prepare_commit(self) -> list[Any]:
        if not self.lines:
            return []
        name = f"{self.path}/{self.count}-{self.place}"
        Path(name + ".hidden").write_text("\n".join(self.lines) + "\n")
        self.count, self.lines = self.count + 1, []
        return [name]

    def snapshot_state(self) -> list[Any]:
        return [self.count]


class LinesCommitter(Committer):
    def commit(self, committables: list[Any]) -> None:
        for name in committables:
            if Path(name + ".hidden").exists():
                Path(name + ".hidden").rename(name + ".json")
