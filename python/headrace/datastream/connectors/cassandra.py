"""Rows into Cassandra."""

from __future__ import annotations

from enum import Enum
from typing import Any

from headrace.common.time import Duration, millis_of
from headrace.datastream._sink import DataStreamSink
from headrace.datastream._stream import DataStream
from headrace.datastream.functions import SinkFunction
from headrace.datastream.slot_sharing_group import SlotSharingGroup

__all__ = [
    "CassandraCommitter",
    "CassandraFailureHandler",
    "CassandraSink",
    "ClusterBuilder",
    "ConsistencyLevel",
    "MapperOptions",
]


class ConsistencyLevel(Enum):
    """How many replicas must answer."""

    ANY = 0
    ONE = 1
    TWO = 2
    THREE = 3
    QUORUM = 4
    ALL = 5
    LOCAL_QUORUM = 6
    EACH_QUORUM = 7
    SERIAL = 8
    LOCAL_SERIAL = 9
    LOCAL_ONE = 10


class MapperOptions:
    """How elements are written; for queries too, where Flink has it for POJOs only.

    >>> MapperOptions().ttl(60).if_not_exists(True)._options
    {'mapper.ttl': '60', 'mapper.if-not-exists': 'true'}
    """

    def __init__(self) -> None:
        self._options: dict[str, str] = {}

    def _set(self, option: str, value: object) -> MapperOptions:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        self._options["mapper." + option] = text
        return self

    def ttl(self, ttl: int) -> MapperOptions:
        """Seconds after which what was written expires."""
        return self._set("ttl", ttl)

    def timestamp(self, timestamp: int) -> MapperOptions:
        """The time of writing."""
        return self._set("timestamp", timestamp)

    def consistency_level(self, cl: ConsistencyLevel) -> MapperOptions:
        """How many replicas must answer."""
        return self._set("consistency-level", cl.name)

    def tracing(self, enabled: bool) -> MapperOptions:
        """Traces requests."""
        return self._set("tracing", enabled)

    def save_null_fields(self, enabled: bool) -> MapperOptions:
        """Writes None too."""
        return self._set("save-null-fields", enabled)

    def if_not_exists(self, enabled: bool) -> MapperOptions:
        """Leaves what is there."""
        return self._set("if-not-exists", enabled)


class ClusterBuilder:
    """How to reach a cluster: options of the connector cassandra, as host, port and username."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options


class CassandraCommitter:
    """Where the write-ahead log notes what has been written."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options

    @staticmethod
    def default_checkpoint_committer(
        builder: ClusterBuilder, key_space: str | None = None
    ) -> CassandraCommitter:
        """A table of the cluster itself."""
        space = {} if key_space is None else {"committer.key-space": key_space}
        return CassandraCommitter({**builder._options, **space})


class CassandraFailureHandler:
    """What happens when a write fails."""

    def __init__(self, name: str) -> None:
        self._name = name

    @staticmethod
    def no_op() -> CassandraFailureHandler:
        """The job fails."""
        return CassandraFailureHandler("no-op")


class CassandraSink:
    """A sink in a program, to be named and set up.

    >>> sink = CassandraSink.add_sink(stream).set_host("localhost").build()  # doctest: +SKIP
    """

    def __init__(self, sink: DataStreamSink) -> None:
        self._sink = sink

    @staticmethod
    def add_sink(input: DataStream[Any]) -> CassandraSink.CassandraSinkBuilder:
        """Starts a sink behind a stream."""
        return CassandraSink.CassandraSinkBuilder(input)

    def name(self, name: str) -> CassandraSink:
        """Names the sink."""
        self._sink.name(name)
        return self

    def uid(self, uid: str) -> CassandraSink:
        """Gives the sink an identifier that stays the same."""
        self._sink.uid(uid)
        return self

    def set_uid_hash(self, uid_hash: str) -> CassandraSink:
        """Sets the identifier's hash itself."""
        self._sink.set_uid_hash(uid_hash)
        return self

    def set_parallelism(self, parallelism: int) -> CassandraSink:
        """Sets the number of subtasks."""
        self._sink.set_parallelism(parallelism)
        return self

    def disable_chaining(self) -> CassandraSink:
        """Keeps the sink in a task of its own."""
        self._sink.disable_chaining()
        return self

    def slot_sharing_group(self, slot_sharing_group: str | SlotSharingGroup) -> CassandraSink:
        """Puts the sink into a slot sharing group."""
        self._sink.slot_sharing_group(slot_sharing_group)
        return self

    class CassandraSinkBuilder:
        """Builds a CassandraSink."""

        def __init__(self, stream: DataStream[Any]) -> None:
            self._stream = stream
            self._options: dict[str, str] = {}

        def _update(self, options: dict[str, str]) -> CassandraSink.CassandraSinkBuilder:
            self._options.update(options)
            return self

        def set_query(self, query: str) -> CassandraSink.CassandraSinkBuilder:
            """The statement, with a ? for each field."""
            return self._update({"query": query})

        def set_host(self, host: str, port: int = 9042) -> CassandraSink.CassandraSinkBuilder:
            """A server of the cluster."""
            return self._update({"host": host, "port": str(port)})

        def set_cluster_builder(
            self, builder: ClusterBuilder
        ) -> CassandraSink.CassandraSinkBuilder:
            """How to reach the cluster."""
            return self._update(builder._options)

        def enable_write_ahead_log(
            self, committer: CassandraCommitter | None = None
        ) -> CassandraSink.CassandraSinkBuilder:
            """Writes with each checkpoint only, what fails being written again."""
            options = {} if committer is None else committer._options
            return self._update({"write-ahead-log": "true", **options})

        def set_mapper_options(self, options: MapperOptions) -> CassandraSink.CassandraSinkBuilder:
            """How elements are written."""
            return self._update(options._options)

        def set_failure_handler(
            self, failure_handler: CassandraFailureHandler
        ) -> CassandraSink.CassandraSinkBuilder:
            """What happens when a write fails."""
            return self._update({"failure-handler": failure_handler._name})

        def set_max_concurrent_requests(
            self, max_concurrent_requests: int, duration: Duration | None = None
        ) -> CassandraSink.CassandraSinkBuilder:
            """How many requests may be under way, and how long to wait for one of them."""
            options = {"max-concurrent-requests": str(max_concurrent_requests)}
            if duration is not None:
                millis = millis_of(duration, "duration")
                options["max-concurrent-requests.timeout"] = f"{millis} ms"
            return self._update(options)

        def enable_ignore_null_fields(self) -> CassandraSink.CassandraSinkBuilder:
            """Leaves None unwritten."""
            return self._update({"ignore-null-fields": "true"})

        def build(self) -> CassandraSink:
            """The sink."""
            if "host" not in self._options:
                raise ValueError("set_host() is needed before build()")
            function = SinkFunction("cassandra", dict(self._options))
            return CassandraSink(self._stream.add_sink(function).name("Cassandra Sink"))
