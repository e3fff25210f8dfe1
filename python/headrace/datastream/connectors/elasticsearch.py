"""Documents into Elasticsearch.

Elements are maps, as Types.MAP(Types.STRING(), Types.STRING()), or named rows.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from headrace.datastream.connectors.base import DeliveryGuarantee, Sink

__all__ = [
    "Elasticsearch6SinkBuilder",
    "Elasticsearch7SinkBuilder",
    "ElasticsearchEmitter",
    "ElasticsearchSink",
    "FlushBackoffType",
]


B = TypeVar("B", bound="ElasticsearchSinkBuilderBase")


class FlushBackoffType(Enum):
    """How the delay between attempts grows."""

    CONSTANT = 0
    EXPONENTIAL = 1
    NONE = 2


class ElasticsearchEmitter:
    """Says to which index an element goes."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options

    @staticmethod
    def static_index(
        index: str, key_field: str | None = None, doc_type: str | None = None
    ) -> ElasticsearchEmitter:
        """One index."""
        return ElasticsearchEmitter(_emitter({"index": index}, key_field, doc_type))

    @staticmethod
    def dynamic_index(
        index_field: str, key_field: str | None = None, doc_type: str | None = None
    ) -> ElasticsearchEmitter:
        """The index that a field names."""
        return ElasticsearchEmitter(_emitter({"index-field": index_field}, key_field, doc_type))


def _emitter(
    options: dict[str, str], key_field: str | None, doc_type: str | None
) -> dict[str, str]:
    optional = {"document-id.field": key_field, "document-type": doc_type}
    return options | {key: value for key, value in optional.items() if value is not None}


class ElasticsearchSink(Sink):
    """Writes documents."""


class ElasticsearchSinkBuilderBase:
    """What the builders share."""

    _connector = "elasticsearch-7"

    def __init__(self) -> None:
        self._options: dict[str, str] = {}

    def get_http_host_class(self) -> type[str]:
        """Hosts are strings here."""
        return str

    def _set(self: B, option: str, value: object) -> B:
        self._options[option] = str(value)
        return self

    def set_emitter(self: B, emitter: ElasticsearchEmitter) -> B:
        """To which index elements go."""
        self._options.update(emitter._options)
        return self

    def set_hosts(self: B, hosts: str | list[str]) -> B:
        """The servers, "host:port"."""
        return self._set("hosts", hosts if isinstance(hosts, str) else ";".join(hosts))

    def set_delivery_guarantee(self: B, delivery_guarantee: DeliveryGuarantee) -> B:
        """How often an element is written after a failure."""
        if delivery_guarantee is DeliveryGuarantee.EXACTLY_ONCE:
            raise ValueError("Elasticsearch has no exactly-once delivery: AT_LEAST_ONCE")
        name = delivery_guarantee.name.lower().replace("_", "-")
        return self._set("sink.delivery-guarantee", name)

    def set_bulk_flush_max_actions(self: B, num_max_actions: int) -> B:
        """Documents a request."""
        return self._set("sink.bulk-flush.max-actions", num_max_actions)

    def set_bulk_flush_max_size_mb(self: B, max_size_mb: int) -> B:
        """Megabytes a request; -1: no limit."""
        size = f"{max_size_mb} mb" if max_size_mb > 0 else "1 gb"
        return self._set("sink.bulk-flush.max-size", size)

    def set_bulk_flush_interval(self: B, interval_millis: int) -> B:
        """Milliseconds between requests; -1: only by documents and at checkpoints."""
        return self._set("sink.bulk-flush.interval", f"{max(interval_millis, 0)} ms")

    def set_bulk_flush_backoff_strategy(
        self: B, flush_backoff_type: FlushBackoffType, max_retries: int, delay_millis: int
    ) -> B:
        """When a request is tried again."""
        prefix = "sink.bulk-flush.backoff"
        self._set(f"{prefix}.strategy", flush_backoff_type.name)
        self._set(f"{prefix}.max-retries", max_retries)
        return self._set(f"{prefix}.delay", f"{delay_millis} ms")

    def set_connection_username(self: B, username: str) -> B:
        """The user."""
        return self._set("username", username)

    def set_connection_password(self: B, password: str) -> B:
        """The password."""
        return self._set("password", password)

    def set_connection_path_prefix(self: B, prefix: str) -> B:
        """What paths begin with."""
        return self._set("connection.path-prefix", prefix)

    def set_connection_request_timeout(self: B, timeout: int) -> B:
        """Milliseconds to wait for a connection from the pool."""
        return self._set("connection.request-timeout", f"{timeout} ms")

    def set_connection_timeout(self: B, timeout: int) -> B:
        """Milliseconds to wait for a connection."""
        return self._set("connection.timeout", f"{timeout} ms")

    def set_socket_timeout(self: B, timeout: int) -> B:
        """Milliseconds to wait for data."""
        return self._set("socket.timeout", f"{timeout} ms")

    def build(self) -> ElasticsearchSink:
        """The sink."""
        if "hosts" not in self._options:
            raise ValueError("set_hosts() is needed before build()")
        if not {"index", "index-field"} & set(self._options):
            raise ValueError("set_emitter() is needed before build()")
        return ElasticsearchSink(self._connector, dict(self._options))


class Elasticsearch6SinkBuilder(ElasticsearchSinkBuilderBase):
    """Builds a sink for version 6."""

    _connector = "elasticsearch-6"

    def __init__(self) -> None:
        super().__init__()

    def get_http_host_class(self) -> type[str]:
        """Hosts are strings here."""
        return str


class Elasticsearch7SinkBuilder(ElasticsearchSinkBuilderBase):
    """Builds a sink for version 7."""

    def __init__(self) -> None:
        super().__init__()

    def get_http_host_class(self) -> type[str]:
        """Hosts are strings here."""
        return str
