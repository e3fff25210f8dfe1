"""What sources and sinks share, and how to write one in Python.

>>> class Lines(Source):
...     def splits(self):
...         return ["a.txt", "b.txt"]
...     def create_reader(self, context):
...         return MyReader()  # doctest: +SKIP
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any

from headrace.common.typeinfo import TypeInformation

if TYPE_CHECKING:
    from headrace.datastream._stream import DataStream

__all__ = [
    "Committer",
    "DeliveryGuarantee",
    "Sink",
    "SinkWriter",
    "Source",
    "SourceReader",
    "StreamTransformer",
    "SupportsPreprocessing",
]

Transform = Callable[["DataStream[Any]", "TypeInformation | None"], "DataStream[Any]"]


class DeliveryGuarantee(Enum):
    """How often an element reaches the outside after a failure."""

    EXACTLY_ONCE = 0
    AT_LEAST_ONCE = 1
    NONE = 2


class SourceReader(ABC):
    """Reads splits of a Source in one subtask.

    ``processing_time`` is the job's time in milliseconds, set anew before elements are asked for.
    """

    processing_time: int = 0

    @abstractmethod
    def read(self, split: Any, position: Any) -> Iterable[tuple[Any, Any]]:
        """The elements of a split from a position on (None: its start).

        Each comes as (element, position after it), so that reading can go on after a restart.
        None in place of a pair says that there is nothing now: the engine asks again soon. Do not
        wait in here, checkpoints wait too.
        """

    def close(self) -> None:  # noqa: B027
        """Called at the end."""


class Source:
    """A source: a connector of the engine, or a subclass that defines splits and a reader."""

    # Classes of connectors set these; a subclass in Python leaves them as they are.
    _type_info: TypeInformation | None = None
    _transform: Transform | None = None

    def __init__(
        self,
        connector: str = "python",
        options: dict[str, str] | None = None,
        type_info: TypeInformation | None = None,
    ) -> None:
        self._connector = connector
        self._options = dict(options or {})
        self._type_info = type_info

    # ------------------------------------------------------------ sources written in Python

    def splits(self) -> Iterable[Any]:
        """What can be read independently; pickled. Called once, in the program's process."""
        raise NotImplementedError(f"{type(self).__name__} must define splits()")

    def is_bounded(self) -> bool:
        """Whether the splits end."""
        return True

    def is_backlog(self, split: Any) -> bool:
        """Whether a split is of the past, to be caught up with.

        Such splits are read before the others, which wait until all of them have been. Until then
        checkpoints come at execution.checkpointing.interval-during-backlog; with 0 there are none,
        and keyed functions get the past sorted by key, when all of it has been read.
        """
        return False

    def create_reader(self, context: Any) -> SourceReader:
        """A reader for one subtask."""
        raise NotImplementedError(f"{type(self).__name__} must define create_reader(context)")


class SinkWriter(ABC):
    """Writes the elements of one subtask."""

    @abstractmethod
    def write(self, element: Any, context: Any) -> None:
        """Takes an element; context.timestamp() is its event time."""

    def write_watermark(self, watermark: int) -> None:  # noqa: B027
        """Takes a watermark."""

    def flush(self, end_of_input: bool) -> None:  # noqa: B027
        """Writes what is buffered: before each checkpoint and at the end."""

    def prepare_commit(self) -> list[Any]:
        """What the committer is to commit once the checkpoint is complete; pickled."""
        return []

    def snapshot_state(self) -> list[Any]:
        """The writer's own state; pickled."""
        return []

    def close(self) -> None:  # noqa: B027
        """Called at the end."""


class Committer(ABC):
    """Makes visible what writers prepared; must bear to be asked twice."""

    @abstractmethod
    def commit(self, committables: list[Any]) -> None:
        """Commits."""

    def close(self) -> None:  # noqa: B027
        """Called at the end."""


class Sink:
    """A sink: a connector of the engine, or a subclass that defines a writer."""

    _as_text = False

    def __init__(self, connector: str = "python", options: dict[str, str] | None = None) -> None:
        self._connector = connector
        self._options = dict(options or {})

    # ------------------------------------------------------------ sinks written in Python

    def create_writer(self, context: Any, restored: list[Any]) -> SinkWriter:
        """A writer for one subtask; restored is what snapshot_state() gave."""
        raise NotImplementedError(f"{type(self).__name__} must define create_writer()")

    def create_committer(self, context: Any) -> Committer | None:
        """A committer, for sinks that commit in two phases."""
        return None


class StreamTransformer(ABC):
    """Changes a stream on its way to a sink."""

    @abstractmethod
    def apply(self, ds: DataStream[Any]) -> DataStream[Any]:
        """The stream that the sink gets."""


class SupportsPreprocessing(ABC):
    """A sink that changes the stream first."""

    @abstractmethod
    def get_transformer(self) -> StreamTransformer | None:
        """What changes the stream, or None."""
