"""Sinks written in Python, as operators without output.

What was prepared for a checkpoint is committed when the engine says that this checkpoint, or a
later one, is complete: checkpoints may overlap. At the end of the input all is committed at once
unless a last checkpoint follows (in batch mode: the word that all tasks which would restart with
this one have ended). Snapshots hold what is prepared but not committed, which is
committed again after a restore: committers must be idempotent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.datastream._operators.adapter import Adapter
from headrace.datastream._operators.host import OperatorContext

if TYPE_CHECKING:
    from headrace.datastream.connectors.base import Sink
    from headrace.datastream.functions import SinkFunction


_FINAL_CHECKPOINT = "$internal.final-checkpoint"


class SinkFunctionOperator(Adapter):
    """invoke(value, context) for each element."""

    def __init__(self, function: SinkFunction) -> None:
        super().__init__(function)

    def process_element(self, value: Any, ctx: OperatorContext) -> None:
        """Gives the function the element."""
        self._function.invoke(value, ctx)


class SinkOperator:
    """A writer a subtask, and a committer where the sink has one."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pending: list[tuple[int, Any]] = []  # by checkpoint
        self._checkpoint = 0  # the newest that has begun
        self._restored: list[Any] = []

    def open(self, runtime_context: Any) -> None:
        """Makes the writer; commits what a restored checkpoint left."""
        parameter = getattr(runtime_context, "get_job_parameter", lambda key, default: default)
        self._checkpoint_follows = parameter(_FINAL_CHECKPOINT, "") == "true"
        self._committer = self._sink.create_committer(runtime_context)
        if self._committer is not None and self._pending:
            self._commit(self._checkpoint)
        self._writer = self._sink.create_writer(runtime_context, self._restored)
        self._restored = []

    def close(self) -> None:
        """Closes writer and committer."""
        for part in (getattr(self, "_writer", None), getattr(self, "_committer", None)):
            if part is not None:
                part.close()

    def process_element(self, value: Any, ctx: OperatorContext) -> None:
        """Gives the writer the element."""
        self._writer.write(value, ctx)

    def on_watermark(self, watermark: int, ctx: OperatorContext) -> None:
        """Gives the writer the watermark."""
        self._writer.write_watermark(watermark)

    def end_input(self, port: int, ctx: OperatorContext) -> None:
        """Writes what is left."""
        if not self._checkpoint_follows:
            self._prepare(True)
            self._commit(self._checkpoint)
            return
        self._checkpoint += 1  # what comes now belongs to a checkpoint that has not begun yet
        self._prepare(True)

    def begin_checkpoint(self, checkpoint_id: int) -> None:
        """Says which checkpoint the next snapshot is of."""
        self._checkpoint = checkpoint_id

    def snapshot_state(self) -> list[Any]:
        """What is to be committed, and the writer's own state."""
        self._prepare(False)
        pending = [("commit", item) for _, item in self._pending]
        return pending + [("writer", item) for item in self._writer.snapshot_state()]

    def restore_state(self, state: list[Any]) -> None:
        """Takes both back."""
        for kind, item in state:
            if kind == "commit":
                self._pending.append((0, item))
            else:
                self._restored.append(item)

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        """Commits what belongs to the checkpoint and to those before it."""
        self._commit(checkpoint_id)

    def _prepare(self, end_of_input: bool) -> None:
        self._writer.flush(end_of_input)
        made = self._writer.prepare_commit()
        self._pending.extend((self._checkpoint, item) for item in made)

    def _commit(self, checkpoint_id: int) -> None:
        ready = [item for made_for, item in self._pending if made_for <= checkpoint_id]
        if self._committer is not None and ready:
            self._committer.commit(ready)
        self._pending = [pair for pair in self._pending if pair[0] > checkpoint_id]
