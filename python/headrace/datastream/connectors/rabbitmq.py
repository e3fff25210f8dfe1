"""RabbitMQ queues."""

from __future__ import annotations

from headrace.common.serialization import DeserializationSchema, SerializationSchema
from headrace.datastream.connectors._schemas import format_options
from headrace.datastream.functions import SinkFunction, SourceFunction

__all__ = ["RMQConnectionConfig", "RMQSink", "RMQSource"]


class RMQConnectionConfig:
    """How to reach a broker.

    >>> RMQConnectionConfig.Builder().set_uri("amqp://localhost").build().get_uri()
    'amqp://localhost'
    """

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options

    def _number(self, option: str) -> int | None:
        value = self._options.get(option)
        return None if value is None else int(value.split()[0])

    def get_host(self) -> str | None:
        """The server."""
        return self._options.get("host")

    def get_port(self) -> int | None:
        """The server's port."""
        return self._number("port")

    def get_virtual_host(self) -> str | None:
        """The virtual host."""
        return self._options.get("virtual-host")

    def get_user_name(self) -> str | None:
        """The user."""
        return self._options.get("username")

    def get_password(self) -> str | None:
        """The password."""
        return self._options.get("password")

    def get_uri(self) -> str | None:
        """The address as a whole."""
        return self._options.get("uri")

    def get_network_recovery_interval(self) -> int | None:
        """Milliseconds between attempts to connect again."""
        return self._number("network-recovery-interval")

    def is_automatic_recovery(self) -> bool | None:
        """Whether to connect again."""
        value = self._options.get("automatic-recovery")
        return None if value is None else value == "true"

    def is_topology_recovery(self) -> bool | None:
        """Whether to declare queues again after that."""
        value = self._options.get("topology-recovery")
        return None if value is None else value == "true"

    def get_connection_timeout(self) -> int | None:
        """Milliseconds to wait for a connection."""
        return self._number("connection-timeout")

    def get_requested_channel_max(self) -> int | None:
        """How many channels are asked for."""
        return self._number("requested-channel-max")

    def get_requested_frame_max(self) -> int | None:
        """How large a frame may be, in bytes."""
        return self._number("requested-frame-max")

    def get_requested_heartbeat(self) -> int | None:
        """Seconds between signs of life."""
        return self._number("requested-heartbeat")

    class Builder:
        """Builds an RMQConnectionConfig."""

        def __init__(self) -> None:
            self._options: dict[str, str] = {}

        def _set(self, option: str, value: object) -> RMQConnectionConfig.Builder:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            self._options[option] = text
            return self

        def set_port(self, port: int) -> RMQConnectionConfig.Builder:
            """The server's port."""
            return self._set("port", port)

        def set_host(self, host: str) -> RMQConnectionConfig.Builder:
            """The server."""
            return self._set("host", host)

        def set_virtual_host(self, vhost: str) -> RMQConnectionConfig.Builder:
            """The virtual host."""
            return self._set("virtual-host", vhost)

        def set_user_name(self, user_name: str) -> RMQConnectionConfig.Builder:
            """The user."""
            return self._set("username", user_name)

        def set_password(self, password: str) -> RMQConnectionConfig.Builder:
            """The password."""
            return self._set("password", password)

        def set_uri(self, uri: str) -> RMQConnectionConfig.Builder:
            """The address as a whole."""
            return self._set("uri", uri)

        def set_topology_recovery_enabled(
            self, topology_recovery_enabled: bool
        ) -> RMQConnectionConfig.Builder:
            """Whether to declare queues again after connecting again."""
            return self._set("topology-recovery", topology_recovery_enabled)

        def set_requested_heartbeat(self, requested_heartbeat: int) -> RMQConnectionConfig.Builder:
            """Seconds between signs of life."""
            return self._set("requested-heartbeat", f"{requested_heartbeat} s")

        def set_requested_frame_max(self, requested_frame_max: int) -> RMQConnectionConfig.Builder:
            """How large a frame may be, in bytes."""
            return self._set("requested-frame-max", requested_frame_max)

        def set_requested_channel_max(
            self, requested_channel_max: int
        ) -> RMQConnectionConfig.Builder:
            """How many channels are asked for."""
            return self._set("requested-channel-max", requested_channel_max)

        def set_network_recovery_interval(
            self, network_recovery_interval: int
        ) -> RMQConnectionConfig.Builder:
            """Milliseconds between attempts to connect again."""
            return self._set("network-recovery-interval", f"{network_recovery_interval} ms")

        def set_connection_timeout(self, connection_timeout: int) -> RMQConnectionConfig.Builder:
            """Milliseconds to wait for a connection."""
            return self._set("connection-timeout", f"{connection_timeout} ms")

        def set_automatic_recovery(self, automatic_recovery: bool) -> RMQConnectionConfig.Builder:
            """Whether to connect again."""
            return self._set("automatic-recovery", automatic_recovery)

        def set_prefetch_count(self, prefetch_count: int) -> RMQConnectionConfig.Builder:
            """How many messages may be unacknowledged."""
            return self._set("prefetch-count", prefetch_count)

        def build(self) -> RMQConnectionConfig:
            """The configuration."""
            if not {"uri", "host"} & set(self._options):
                raise ValueError("set_host() or set_uri() is needed before build()")
            return RMQConnectionConfig(dict(self._options))


class RMQSource(SourceFunction):
    """Reads a queue.

    With checkpoints a message is acknowledged when the one that covers it is complete: at least
    once. With correlation ids too, messages that come again are left out: exactly once; then one
    subtask reads the queue, whatever the parallelism is.
    """

    def __init__(
        self,
        connection_config: RMQConnectionConfig,
        queue_name: str,
        use_correlation_id: bool,
        deserialization_schema: DeserializationSchema,
    ) -> None:
        options = {
            **connection_config._options,
            "queue": queue_name,
            "use-correlation-id": str(use_correlation_id).lower(),
            **format_options(deserialization_schema),
        }
        super().__init__("rabbitmq", options)
        self._type_info = deserialization_schema._type_info


class RMQSink(SinkFunction):
    """Writes to a queue, at least once: checkpoints wait for the broker's confirmations."""

    def __init__(
        self,
        connection_config: RMQConnectionConfig,
        queue_name: str,
        serialization_schema: SerializationSchema,
    ) -> None:
        options = {
            **connection_config._options,
            "queue": queue_name,
            **format_options(serialization_schema),
        }
        super().__init__("rabbitmq", options)
