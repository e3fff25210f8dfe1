"""Streams whose elements are kept from one job to the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from headrace.datastream import _checks as check
from headrace.datastream._graph import Json, Node, type_json
from headrace.datastream._stream import DataStream

if TYPE_CHECKING:
    from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment

T = TypeVar("T")


class CachedDataStream(DataStream[T]):
    """The first job that needs the elements makes and keeps them; later ones read them.

    >>> from headrace.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> cached = env.from_collection([1, 2]).map(lambda x: x * 2).cache()
    >>> cached.invalidate()
    """

    def __init__(self, source: DataStream[T]) -> None:
        stream = source._python("map", "Cache", _itself, source._element_type())
        super().__init__(source._env, stream._upstreams)
        self._source = source
        node = stream._node
        # Kept only when something reads it.
        self._env._unregister(node)
        self._cache = Cache(self._env, node)

    def invalidate(self) -> None:
        """Forgets the elements; the next job makes them again."""
        self._cache.forget()

    def set_parallelism(self, parallelism: int) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set parallelism for"))

    def name(self, name: str) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set name for"))

    def get_name(self) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Get name of"))

    def uid(self, uid: str) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set uid for"))

    def set_uid_hash(self, uid_hash: str) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set uid hash for"))

    def set_max_parallelism(self, max_parallelism: int) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set max parallelism for"))

    def force_non_parallel(self) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set force non-parallel for"))

    def set_buffer_timeout(self, timeout_millis: int) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Set buffer timeout for"))

    def start_new_chain(self) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Start new chain for"))

    def disable_chaining(self) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Disable chaining for"))

    def slot_sharing_group(self, slot_sharing_group: Any) -> NoReturn:
        """Refused."""
        raise check.refused(_unsupported("Setting slot sharing group for"))


class Cache:
    """A node whose output is collected beside the job, and then takes the job's place."""

    def __init__(self, env: StreamExecutionEnvironment, node: Node) -> None:
        self._env = env
        self._node = node
        self._made = (node.op, node.inputs)
        self._reader: threading.Thread | None = None
        self._rows: list[Any] | None = None
        env._caches[node.id] = self

    def sink(self) -> Node | None:
        """A node that collects the output, None where that has been done."""
        if self._rows is not None or self._reader is not None:
            return None
        op: Json = {
            "connector": "collect",
            "handle": self._env._new_handle(),
            "type": type_json(self._node.output),
        }
        return self._env._end_of(self._node, "Cache", op)

    def read(self, elements: Any) -> None:
        """Reads the output while the job runs."""
        self._reader = threading.Thread(target=self._read, args=(elements,), daemon=True)
        self._reader.start()

    def _read(self, elements: Any) -> None:
        try:
            self._rows = list(elements)
        except BaseException:
            # The job has failed and its caller learns so; the next job makes the elements.
            self._rows = None

    def settle(self) -> None:
        """Before a job: lets the node read what was kept, once that is complete."""
        if self._reader is not None:
            self._reader.join()
            self._reader = None
        if self._rows is not None and self._node.inputs:
            self._node.op = self._env._collection_op(self._rows, self._node.output)
            self._node.inputs = []

    def forget(self) -> None:
        """Goes back to making the elements."""
        self.settle()
        self._rows = None
        self._node.op, self._node.inputs = self._made


def _itself(value: Any) -> Any:
    return value


def _unsupported(what: str) -> str:
    return f"{what} CachedDataStream is not supported: call it on the stream before cache()"
