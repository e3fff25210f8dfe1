"""Pulsar topics."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

from headrace.common.config_options import ConfigOption
from headrace.common.serialization import DeserializationSchema, SerializationSchema
from headrace.common.time import Duration, millis_of
from headrace.common.typeinfo import TypeInformation
from headrace.datastream.connectors._schemas import format_options
from headrace.datastream.connectors.base import DeliveryGuarantee, Sink, Source

__all__ = [
    "MessageDelayer",
    "PulsarSink",
    "PulsarSinkBuilder",
    "PulsarSource",
    "PulsarSourceBuilder",
    "RangeGenerator",
    "StartCursor",
    "StopCursor",
    "TopicRoutingMode",
]


class _Settings:
    """A part of a Pulsar connector, as the options that express it."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options


class StartCursor(_Settings):
    """Where a new subscription begins; one that exists goes on where it stands."""

    @staticmethod
    def default_start_cursor() -> StartCursor:
        """The first message there is."""
        return StartCursor.earliest()

    @staticmethod
    def earliest() -> StartCursor:
        """The first message there is."""
        return StartCursor({"source.start.from-message-id": "earliest"})

    @staticmethod
    def latest() -> StartCursor:
        """Behind the last message."""
        return StartCursor({"source.start.from-message-id": "latest"})

    @staticmethod
    def from_message_id(message_id: bytes, inclusive: bool = True) -> StartCursor:
        """A message, or the one behind it: bytes as ``pulsar.MessageId.serialize()`` gives them."""
        return StartCursor(
            {
                "source.start.from-message-id": _id_text(message_id),
                "source.start.inclusive": "true" if inclusive else "false",
            }
        )

    @staticmethod
    def from_publish_time(timestamp: int) -> StartCursor:
        """The first message published at or after a time, in milliseconds."""
        return StartCursor({"source.start.from-publish-time": _time_text(timestamp)})


class StopCursor(_Settings):
    """Where reading ends."""

    @staticmethod
    def default_stop_cursor() -> StopCursor:
        """Nowhere."""
        return StopCursor.never()

    @staticmethod
    def never() -> StopCursor:
        """Nowhere."""
        return StopCursor({"source.stop.at-message-id": "never"})

    @staticmethod
    def latest() -> StopCursor:
        """The last message there is at the start."""
        return StopCursor({"source.stop.at-message-id": "latest"})

    @staticmethod
    def at_event_time(timestamp: int) -> StopCursor:
        """Before a message of that event time."""
        return StopCursor({"source.stop.at-event-time": _time_text(timestamp)})

    @staticmethod
    def after_event_time(timestamp: int) -> StopCursor:
        """Behind messages of that event time."""
        return StopCursor({"source.stop.after-event-time": _time_text(timestamp)})

    @staticmethod
    def at_publish_time(timestamp: int) -> StopCursor:
        """Before a message published at that time."""
        return StopCursor({"source.stop.at-publish-time": _time_text(timestamp)})

    @staticmethod
    def after_publish_time(timestamp: int) -> StopCursor:
        """Behind messages published at that time."""
        return StopCursor({"source.stop.after-publish-time": _time_text(timestamp)})

    @staticmethod
    def at_message_id(message_id: bytes) -> StopCursor:
        """Before a message."""
        return StopCursor({"source.stop.at-message-id": _id_text(message_id)})

    @staticmethod
    def after_message_id(message_id: bytes) -> StopCursor:
        """Behind a message."""
        return StopCursor({"source.stop.after-message-id": _id_text(message_id)})


def _id_text(message_id: bytes) -> str:
    if not isinstance(message_id, (bytes, bytearray)):
        raise TypeError(
            f"bytes are needed, as message.message_id().serialize() gives them, not {message_id!r}"
        )
    return "0x" + message_id.hex()


def _time_text(timestamp: int) -> str:
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        raise TypeError(f"milliseconds since 1970 are needed, an int, not {timestamp!r}")
    return str(timestamp)


class RangeGenerator(_Settings):
    """Which keys are read."""

    @staticmethod
    def full() -> RangeGenerator:
        """All."""
        return RangeGenerator({})

    @staticmethod
    def fixed_key(
        support_null_key: bool = False,
        keys: str | list[str] | None = None,
        key_bytes: bytes | None = None,
        ordering_key_bytes: bytes | None = None,
    ) -> RangeGenerator:
        """Those with the hash of one of these: other keys may have it too."""
        names = [keys] if isinstance(keys, str) else list(keys or [])
        options = {
            "source.key-range.null-key": "true" if support_null_key else "false",
            "source.key-range.keys": json.dumps(names),
        }
        if key_bytes is not None:
            options["source.key-range.key-bytes"] = key_bytes.hex()
        if ordering_key_bytes is not None:
            options["source.key-range.ordering-key-bytes"] = ordering_key_bytes.hex()
        return RangeGenerator(options)


class PulsarSource(Source):
    """Reads topics.

    >>> from headrace.common import SimpleStringSchema
    >>> builder = PulsarSource.builder().set_service_url("pulsar://localhost:6650")
    >>> builder = builder.set_topics(["a", "b"]).set_subscription_name("s")
    >>> source = builder.set_deserialization_schema(SimpleStringSchema()).build()
    """

    @staticmethod
    def builder() -> PulsarSourceBuilder:
        """Starts a source."""
        return PulsarSourceBuilder()


class PulsarSourceBuilder:
    """Builds a PulsarSource."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {}
        self._start = StartCursor.default_start_cursor()._options
        self._stop: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._type: TypeInformation | None = None

    def _update(self, options: dict[str, str]) -> PulsarSourceBuilder:
        self._options.update(options)
        return self

    def set_admin_url(self, admin_url: str) -> PulsarSourceBuilder:
        """The administrative address."""
        return self._update({"admin-url": admin_url})

    def set_service_url(self, service_url: str) -> PulsarSourceBuilder:
        """The brokers' address."""
        return self._update({"service-url": service_url})

    def set_subscription_name(self, subscription_name: str) -> PulsarSourceBuilder:
        """The subscription."""
        return self._update({"source.subscription-name": subscription_name})

    def set_topics(self, topics: str | list[str]) -> PulsarSourceBuilder:
        """The topics."""
        names = [topics] if isinstance(topics, str) else topics
        return self._update({"topics": ";".join(names)})

    def set_topic_pattern(self, topic_pattern: str) -> PulsarSourceBuilder:
        """A regular expression that the topics' names match."""
        return self._update({"topic-pattern": topic_pattern})

    def set_consumer_name(self, consumer_name: str) -> PulsarSourceBuilder:
        """The consumer's name."""
        return self._update({"pulsar.consumer.consumerName": consumer_name})

    def set_range_generator(self, range_generator: RangeGenerator) -> PulsarSourceBuilder:
        """Which keys are read."""
        self._keys = range_generator._options
        return self

    def set_start_cursor(self, start_cursor: StartCursor) -> PulsarSourceBuilder:
        """Where reading begins."""
        self._start = start_cursor._options
        return self

    def set_unbounded_stop_cursor(self, stop_cursor: StopCursor) -> PulsarSourceBuilder:
        """Where reading ends, the job being a streaming one all the same."""
        self._stop = {**stop_cursor._options, "source.stop.streaming": "true"}
        return self

    def set_bounded_stop_cursor(self, stop_cursor: StopCursor) -> PulsarSourceBuilder:
        """Where reading ends."""
        self._stop = dict(stop_cursor._options)
        return self

    def set_deserialization_schema(
        self, deserialization_schema: DeserializationSchema
    ) -> PulsarSourceBuilder:
        """How a message becomes an element."""
        self._type = deserialization_schema._type_info
        return self._update(format_options(deserialization_schema))

    def set_authentication(
        self, auth_plugin_class_name: str, auth_params_string: str | dict[str, str]
    ) -> PulsarSourceBuilder:
        """How to prove who one is."""
        return self._update(_authentication(auth_plugin_class_name, auth_params_string))

    def set_config(self, key: str | ConfigOption[Any], value: Any) -> PulsarSourceBuilder:
        """A property of the client."""
        name = key.key if isinstance(key, ConfigOption) else key
        return self._update({name: _text(value)})

    def set_config_with_dict(self, config: dict[str, Any]) -> PulsarSourceBuilder:
        """Properties of the client."""
        return self._update({key: _text(value) for key, value in config.items()})

    def set_properties(self, config: dict[str, Any]) -> PulsarSourceBuilder:
        """Properties of the client."""
        return self.set_config_with_dict(config)

    def build(self) -> PulsarSource:
        """The source."""
        options = _named(self._options)
        _check(options, ("service-url", "source.subscription-name", "format"))
        if len({"topics", "topic-pattern"} & set(options)) != 1:
            raise ValueError("one of set_topics() and set_topic_pattern() is needed before build()")
        options.update({**self._start, **self._stop, **self._keys})
        return PulsarSource("pulsar", options, self._type)


class TopicRoutingMode(Enum):
    """Which partition an element goes to."""

    ROUND_ROBIN = 0
    MESSAGE_KEY_HASH = 1
    CUSTOM = 2


class MessageDelayer(_Settings):
    """When consumers see a message."""

    @staticmethod
    def never() -> MessageDelayer:
        """At once."""
        return MessageDelayer({})

    @staticmethod
    def fixed(duration: Duration) -> MessageDelayer:
        """After some time."""
        return MessageDelayer(
            {"sink.message-delay-interval": f"{millis_of(duration, 'duration')} ms"}
        )


class PulsarSink(Sink):
    """Writes to topics."""

    @staticmethod
    def builder() -> PulsarSinkBuilder:
        """Starts a sink."""
        return PulsarSinkBuilder()


class PulsarSinkBuilder:
    """Builds a PulsarSink."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {}

    def _update(self, options: dict[str, str]) -> PulsarSinkBuilder:
        self._options.update(options)
        return self

    def set_admin_url(self, admin_url: str) -> PulsarSinkBuilder:
        """The administrative address."""
        return self._update({"admin-url": admin_url})

    def set_service_url(self, service_url: str) -> PulsarSinkBuilder:
        """The brokers' address."""
        return self._update({"service-url": service_url})

    def set_producer_name(self, producer_name: str) -> PulsarSinkBuilder:
        """The producer's name."""
        return self._update({"pulsar.producer.producerName": producer_name})

    def set_topics(self, topics: str | list[str]) -> PulsarSinkBuilder:
        """The topics."""
        names = [topics] if isinstance(topics, str) else topics
        return self._update({"topics": ";".join(names)})

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> PulsarSinkBuilder:
        """How often an element is written after a failure."""
        name = delivery_guarantee.name.lower().replace("_", "-")
        return self._update({"sink.delivery-guarantee": name})

    def set_topic_routing_mode(self, topic_routing_mode: TopicRoutingMode) -> PulsarSinkBuilder:
        """Which partition an element goes to."""
        if topic_routing_mode is TopicRoutingMode.CUSTOM:
            raise ValueError(
                "a custom topic router is a Java class, which cannot be run: use ROUND_ROBIN or "
                "MESSAGE_KEY_HASH, or write to several sinks"
            )
        name = topic_routing_mode.name.lower().replace("_", "-")
        return self._update({"sink.topic-routing-mode": name})

    def set_topic_router(self, topic_router_class_name: str) -> PulsarSinkBuilder:
        """Kept for export to a Flink cluster: a Java class."""
        return self._update({"sink.custom-topic-router": topic_router_class_name})

    def set_serialization_schema(
        self, serialization_schema: SerializationSchema
    ) -> PulsarSinkBuilder:
        """How elements become messages."""
        return self._update(format_options(serialization_schema))

    def set_authentication(
        self, auth_plugin_class_name: str, auth_params_string: str | dict[str, str]
    ) -> PulsarSinkBuilder:
        """How to prove who one is."""
        return self._update(_authentication(auth_plugin_class_name, auth_params_string))

    def delay_sending_message(self, message_delayer: MessageDelayer) -> PulsarSinkBuilder:
        """When consumers see a message."""
        self._options.pop("sink.message-delay-interval", None)
        return self._update(message_delayer._options)

    def set_config(self, key: str, value: Any) -> PulsarSinkBuilder:
        """A property of the client."""
        return self._update({key: _text(value)})

    def set_properties(self, config: dict[str, Any]) -> PulsarSinkBuilder:
        """Properties of the client."""
        return self._update({key: _text(value) for key, value in config.items()})

    def build(self) -> PulsarSink:
        """The sink."""
        options = _named(self._options)
        _check(options, ("service-url", "topics", "format"))
        return PulsarSink("pulsar", options)


_SETTERS = {
    "service-url": "set_service_url",
    "source.subscription-name": "set_subscription_name",
    "topics": "set_topics",
    "format": "set_deserialization_schema() or set_serialization_schema",
}


# What Flink's settings of these names say, the options do.
_NAMES = {
    "pulsar.client.serviceUrl": "service-url",
    "pulsar.admin.adminUrl": "admin-url",
    "pulsar.consumer.subscriptionName": "source.subscription-name",
}


def _named(options: dict[str, str]) -> dict[str, str]:
    """The options, those that were set by a name of Flink's under their own."""
    out = {key: value for key, value in options.items() if key not in _NAMES}
    for key, name in _NAMES.items():
        if key in options:
            out.setdefault(name, options[key])
    return out


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Duration):
        return str(millis_of(value, "value"))
    if isinstance(value, dict):
        return ",".join(f"{key}:{text}" for key, text in value.items())
    return str(value.name if isinstance(value, Enum) else value)


def _check(options: dict[str, str], needed: tuple[str, ...]) -> None:
    for option in needed:
        if option not in options:
            raise ValueError(f"{_SETTERS[option]}() is needed before build()")


def _authentication(plugin: str, parameters: str | dict[str, str]) -> dict[str, str]:
    text = parameters if isinstance(parameters, str) else json.dumps(parameters, sort_keys=True)
    return {"authentication.plugin": plugin, "authentication.params": text}
