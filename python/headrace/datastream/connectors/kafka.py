"""Kafka topics.

>>> source = (
...     KafkaSource.builder()
...     .set_bootstrap_servers("localhost:9092")
...     .set_topics("in")
...     .set_value_only_deserializer(SimpleStringSchema())
...     .build()
... )
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Any

from headrace.common.serialization import (
    DeserializationSchema,
    RowFieldExtractorSchema,
    SerializationSchema,
    SimpleStringSchema,
)
from headrace.common.typeinfo import TypeInformation, Types
from headrace.datastream._graph import UserFunction
from headrace.datastream._stream import DataStream
from headrace.datastream.connectors._schemas import format_options
from headrace.datastream.connectors.base import (
    DeliveryGuarantee,
    Sink,
    Source,
    StreamTransformer,
    SupportsPreprocessing,
)
from headrace.datastream.functions import SinkFunction, SourceFunction

__all__ = [
    "DeliveryGuarantee",
    "FlinkKafkaConsumer",
    "FlinkKafkaProducer",
    "KafkaOffsetResetStrategy",
    "KafkaOffsetsInitializer",
    "KafkaRecordSerializationSchema",
    "KafkaRecordSerializationSchemaBuilder",
    "KafkaSink",
    "KafkaSinkBuilder",
    "KafkaSource",
    "KafkaSourceBuilder",
    "KafkaTopicPartition",
    "KafkaTopicSelector",
    "Semantic",
    "SimpleStringSchema",
]


class KafkaTopicPartition:
    """A partition of a topic."""

    def __init__(self, topic: str, partition: int) -> None:
        self._topic, self._partition = topic, partition

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KafkaTopicPartition):
            return False
        return (self._topic, self._partition) == (other._topic, other._partition)

    def __hash__(self) -> int:
        return hash((self._topic, self._partition))


class KafkaOffsetResetStrategy(Enum):
    """Where to begin when there is no offset."""

    LATEST = 0
    EARLIEST = 1
    NONE = 2


class KafkaOffsetsInitializer:
    """Where reading begins or ends."""

    def __init__(self, mode: str, options: dict[str, str] | None = None) -> None:
        self._mode = mode
        self._options = dict(options or {})

    def _as(self, prefix: str) -> dict[str, str]:
        """Options under scan.startup or scan.bounded."""
        own = {f"{prefix}.{key}": value for key, value in self._options.items()}
        return {f"{prefix}.mode": self._mode, **own}

    @staticmethod
    def committed_offsets(
        offset_reset_strategy: KafkaOffsetResetStrategy = KafkaOffsetResetStrategy.NONE,
    ) -> KafkaOffsetsInitializer:
        """Where the consumer group stands."""
        reset = offset_reset_strategy.name.lower()
        return KafkaOffsetsInitializer("group-offsets", {"offset-reset": reset})

    @staticmethod
    def timestamp(timestamp: int) -> KafkaOffsetsInitializer:
        """The first message at or after a time, in milliseconds."""
        return KafkaOffsetsInitializer("timestamp", {"timestamp-millis": str(timestamp)})

    @staticmethod
    def earliest() -> KafkaOffsetsInitializer:
        """The first message there is."""
        return KafkaOffsetsInitializer("earliest-offset")

    @staticmethod
    def latest() -> KafkaOffsetsInitializer:
        """Behind the last message."""
        return KafkaOffsetsInitializer("latest-offset")

    @staticmethod
    def offsets(
        offsets: dict[KafkaTopicPartition, int],
        offset_reset_strategy: KafkaOffsetResetStrategy = KafkaOffsetResetStrategy.EARLIEST,
    ) -> KafkaOffsetsInitializer:
        """An offset for each partition."""
        text = ";".join(
            f"topic:{p._topic},partition:{p._partition},offset:{offset}"
            for p, offset in offsets.items()
        )
        reset = offset_reset_strategy.name.lower()
        return KafkaOffsetsInitializer(
            "specific-offsets", {"specific-offsets": text, "offset-reset": reset}
        )


class KafkaSource(Source):
    """Reads topics."""

    @staticmethod
    def builder() -> KafkaSourceBuilder:
        """Starts a source."""
        return KafkaSourceBuilder()


class KafkaSourceBuilder:
    """Builds a KafkaSource."""

    def __init__(self) -> None:
        self._options: dict[str, str] = KafkaOffsetsInitializer.earliest()._as("scan.startup")
        self._type: TypeInformation | None = None

    def _update(self, options: dict[str, str]) -> KafkaSourceBuilder:
        self._options.update(options)
        return self

    def build(self) -> KafkaSource:
        """The source."""
        if not {"topic", "topic-pattern", "topic-partitions"} & set(self._options):
            raise ValueError("set_topics(), set_topic_pattern() or set_partitions() is needed")
        if "properties.bootstrap.servers" not in self._options:
            raise ValueError("set_bootstrap_servers() is needed before build()")
        if "value.format" not in self._options:
            raise ValueError("set_value_only_deserializer() is needed before build()")
        return KafkaSource("kafka", dict(self._options), self._type)

    def set_bootstrap_servers(self, bootstrap_servers: str) -> KafkaSourceBuilder:
        """The brokers, "host:port,host:port"."""
        return self._update({"properties.bootstrap.servers": bootstrap_servers})

    def set_group_id(self, group_id: str) -> KafkaSourceBuilder:
        """The consumer group."""
        return self._update({"properties.group.id": group_id})

    def set_topics(self, *topics: str) -> KafkaSourceBuilder:
        """The topics."""
        return self._update({"topic": ";".join(topics)})

    def set_topic_pattern(self, topic_pattern: str) -> KafkaSourceBuilder:
        """A regular expression that the topics' names match."""
        return self._update({"topic-pattern": topic_pattern})

    def set_partitions(self, partitions: set[KafkaTopicPartition]) -> KafkaSourceBuilder:
        """The partitions."""
        names = sorted(f"{p._topic}:{p._partition}" for p in partitions)
        return self._update({"topic-partitions": ";".join(names)})

    def set_starting_offsets(
        self, starting_offsets_initializer: KafkaOffsetsInitializer
    ) -> KafkaSourceBuilder:
        """Where reading begins; the first message by default."""
        return self._update(starting_offsets_initializer._as("scan.startup"))

    def set_unbounded(
        self, stopping_offsets_initializer: KafkaOffsetsInitializer
    ) -> KafkaSourceBuilder:
        """Where reading ends, the job being a streaming one all the same."""
        self._options["scan.bounded.streaming"] = "true"
        return self._update(stopping_offsets_initializer._as("scan.bounded"))

    def set_bounded(
        self, stopping_offsets_initializer: KafkaOffsetsInitializer
    ) -> KafkaSourceBuilder:
        """Where reading ends."""
        return self._update(stopping_offsets_initializer._as("scan.bounded"))

    def set_value_only_deserializer(
        self, deserialization_schema: DeserializationSchema
    ) -> KafkaSourceBuilder:
        """How a message's value becomes an element."""
        self._type = deserialization_schema._type_info
        return self._update(format_options(deserialization_schema, "value."))

    def set_client_id_prefix(self, prefix: str) -> KafkaSourceBuilder:
        """What client ids begin with."""
        return self._update({"client-id-prefix": prefix})

    def set_property(self, key: str, value: str) -> KafkaSourceBuilder:
        """A property of the Kafka client."""
        return self._update({f"properties.{key}": value})

    def set_properties(self, props: dict[str, str]) -> KafkaSourceBuilder:
        """Properties of the Kafka client."""
        return self._update({f"properties.{key}": str(value) for key, value in props.items()})


class KafkaTopicSelector(ABC):
    """Says to which topic an element goes."""

    @abstractmethod
    def apply(self, data: Any) -> str:
        """The topic."""


class KafkaRecordSerializationSchema(SerializationSchema):
    """How an element becomes a message."""

    def __init__(
        self,
        options: dict[str, str],
        topic_selector: Callable[[Any], str] | KafkaTopicSelector | None = None,
    ) -> None:
        super().__init__("kafka", options)
        self._topic_selector = topic_selector

    @staticmethod
    def builder() -> KafkaRecordSerializationSchemaBuilder:
        """Starts a schema."""
        return KafkaRecordSerializationSchemaBuilder()


class KafkaRecordSerializationSchemaBuilder:
    """Builds a KafkaRecordSerializationSchema."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {}
        self._selector: Callable[[Any], str] | KafkaTopicSelector | None = None

    def build(self) -> KafkaRecordSerializationSchema:
        """The schema."""
        if "topic" not in self._options and self._selector is None:
            raise ValueError("set_topic() or set_topic_selector() is needed before build()")
        if "value.format" not in self._options:
            raise ValueError("set_value_serialization_schema() is needed before build()")
        return KafkaRecordSerializationSchema(dict(self._options), self._selector)

    def set_topic(self, topic: str) -> KafkaRecordSerializationSchemaBuilder:
        """The topic."""
        self._options["topic"] = topic
        return self

    def set_topic_selector(
        self, topic_selector: Callable[[Any], str] | KafkaTopicSelector
    ) -> KafkaRecordSerializationSchemaBuilder:
        """A function that gives the topic of an element."""
        if not callable(topic_selector) and not isinstance(topic_selector, KafkaTopicSelector):
            raise TypeError(
                "topic_selector should be KafkaTopicSelector or callable, "
                f"not {type(topic_selector).__name__}"
            )
        self._selector = topic_selector
        return self

    def set_key_serialization_schema(
        self, key_serialization_schema: SerializationSchema
    ) -> KafkaRecordSerializationSchemaBuilder:
        """How the key is made."""
        return self._set("key.", key_serialization_schema)

    def set_value_serialization_schema(
        self, value_serialization_schema: SerializationSchema
    ) -> KafkaRecordSerializationSchemaBuilder:
        """How the value is made."""
        return self._set("value.", value_serialization_schema)

    def _set(
        self, prefix: str, schema: SerializationSchema
    ) -> KafkaRecordSerializationSchemaBuilder:
        self._options.update(format_options(schema, prefix))
        if isinstance(schema, RowFieldExtractorSchema):
            self._options[f"{prefix}field-index"] = str(schema.field_index)
        return self


class _TopicTransformer(StreamTransformer):
    """Puts the topic of each element beside it, as (topic, element)."""

    def __init__(self, selector: Callable[[Any], str] | KafkaTopicSelector) -> None:
        self._selector = selector

    def apply(self, ds: DataStream[Any]) -> DataStream[Any]:
        """The stream of pairs."""
        output = Types.TUPLE([Types.STRING(), ds._element_type()])
        return ds._python("map", "Kafka topic", _WithTopic(self._selector), output)


class _WithTopic:
    def __init__(self, selector: Callable[[Any], str] | KafkaTopicSelector) -> None:
        self._select = selector.apply if isinstance(selector, KafkaTopicSelector) else selector

    def __call__(self, value: Any) -> tuple[str, Any]:
        return self._select(value), value


class KafkaSink(Sink, SupportsPreprocessing):
    """Writes to topics."""

    def __init__(
        self, options: dict[str, str], transformer: StreamTransformer | None = None
    ) -> None:
        super().__init__("kafka", options)
        self._transformer = transformer

    @staticmethod
    def builder() -> KafkaSinkBuilder:
        """Starts a sink."""
        return KafkaSinkBuilder()

    def get_transformer(self) -> StreamTransformer | None:
        """What puts topics beside the elements, or None."""
        return self._transformer


class KafkaSinkBuilder:
    """Builds a KafkaSink."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {"sink.delivery-guarantee": "none"}
        self._transformer: StreamTransformer | None = None

    def build(self) -> KafkaSink:
        """The sink."""
        if "properties.bootstrap.servers" not in self._options:
            raise ValueError("set_bootstrap_servers() is needed before build()")
        if "value.format" not in self._options:
            raise ValueError("set_record_serializer() is needed before build()")
        exactly = self._options["sink.delivery-guarantee"] == "exactly-once"
        if exactly and "sink.transactional-id-prefix" not in self._options:
            raise ValueError("exactly-once delivery needs set_transactional_id_prefix()")
        return KafkaSink(dict(self._options), self._transformer)

    def set_bootstrap_servers(self, bootstrap_servers: str) -> KafkaSinkBuilder:
        """The brokers, "host:port,host:port"."""
        self._options["properties.bootstrap.servers"] = bootstrap_servers
        return self

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> KafkaSinkBuilder:
        """How often an element is written after a failure."""
        name = delivery_guarantee.name.lower().replace("_", "-")
        self._options["sink.delivery-guarantee"] = name
        return self

    def set_transactional_id_prefix(self, transactional_id_prefix: str) -> KafkaSinkBuilder:
        """What the ids of transactions begin with; unique for each sink."""
        self._options["sink.transactional-id-prefix"] = transactional_id_prefix
        return self

    def set_record_serializer(
        self, record_serializer: KafkaRecordSerializationSchema
    ) -> KafkaSinkBuilder:
        """How elements become messages."""
        self._options.update(record_serializer._options)
        if record_serializer._topic_selector is not None:
            # Fails here, at the call, where the selector cannot be sent to the tasks.
            UserFunction(record_serializer._topic_selector)
            self._options["sink.topic-in-element"] = "true"
            self._transformer = _TopicTransformer(record_serializer._topic_selector)
        return self

    def set_property(self, key: str, value: str) -> KafkaSinkBuilder:
        """A property of the Kafka client."""
        self._options[f"properties.{key}"] = value
        return self


class Semantic(Enum):
    """Delivery guarantees of FlinkKafkaProducer."""

    EXACTLY_ONCE = 0
    AT_LEAST_ONCE = 1
    NONE = 2


class FlinkKafkaConsumerBase(SourceFunction):
    """What consumers of the old kind share."""

    def __init__(
        self,
        topics: str | list[str],
        deserialization_schema: DeserializationSchema,
        properties: dict[str, str],
    ) -> None:
        names = [topics] if isinstance(topics, str) else list(topics)
        options = {"topic": ";".join(names), **format_options(deserialization_schema, "value.")}
        options |= {f"properties.{key}": str(value) for key, value in properties.items()}
        super().__init__("kafka", options)
        self._type_info = deserialization_schema._type_info

    def _start(self, initializer: KafkaOffsetsInitializer) -> FlinkKafkaConsumerBase:
        self._options.update(initializer._as("scan.startup"))
        return self

    def set_commit_offsets_on_checkpoints(
        self, commit_on_checkpoints: bool
    ) -> FlinkKafkaConsumerBase:
        """Says whether offsets are committed with each checkpoint."""
        flag = "true" if commit_on_checkpoints else "false"
        self._options["properties.commit.offsets.on.checkpoint"] = flag
        return self

    def set_start_from_earliest(self) -> FlinkKafkaConsumerBase:
        """Begins with the first message there is."""
        return self._start(KafkaOffsetsInitializer.earliest())

    def set_start_from_latest(self) -> FlinkKafkaConsumerBase:
        """Begins behind the last message."""
        return self._start(KafkaOffsetsInitializer.latest())

    def set_start_from_timestamp(self, startup_offsets_timestamp: int) -> FlinkKafkaConsumerBase:
        """Begins with the first message at or after a time, in milliseconds."""
        return self._start(KafkaOffsetsInitializer.timestamp(startup_offsets_timestamp))

    def set_start_from_group_offsets(self) -> FlinkKafkaConsumerBase:
        """Begins where the consumer group stands; the default."""
        return self._start(KafkaOffsetsInitializer.committed_offsets())

    def disable_filter_restored_partitions_with_subscribed_topics(self) -> FlinkKafkaConsumerBase:
        """Goes on with partitions of a savepoint whose topics are not named any more."""
        self._options["scan.keep-restored-partitions"] = "true"
        return self

    def get_produced_type(self) -> TypeInformation | None:
        """The type of the elements."""
        return self._type_info


class FlinkKafkaConsumer(FlinkKafkaConsumerBase):
    """Reads topics, the old way: KafkaSource is the new one."""


class FlinkKafkaProducerBase(SinkFunction):
    """What producers of the old kind share."""

    def set_log_failures_only(self, log_failures_only: bool) -> FlinkKafkaProducerBase:
        """Logs what cannot be written, instead of failing the job."""
        self._options["sink.log-failures-only"] = "true" if log_failures_only else "false"
        return self

    def set_flush_on_checkpoint(self, flush_on_checkpoint: bool) -> FlinkKafkaProducerBase:
        """Says whether a checkpoint waits until all is written."""
        self._options["sink.flush-on-checkpoint"] = "true" if flush_on_checkpoint else "false"
        return self

    def set_write_timestamp_to_kafka(
        self, write_timestamp_to_kafka: bool
    ) -> FlinkKafkaProducerBase:
        """Says whether messages carry the elements' event times."""
        self._options["sink.write-timestamp"] = "true" if write_timestamp_to_kafka else "false"
        return self


class FlinkKafkaProducer(FlinkKafkaProducerBase):
    """Writes to a topic, the old way: KafkaSink is the new one."""

    def __init__(
        self,
        topic: str,
        serialization_schema: SerializationSchema,
        producer_config: dict[str, str],
        kafka_producer_pool_size: int = 5,
        semantic: Semantic = Semantic.AT_LEAST_ONCE,
    ) -> None:
        options = {
            "topic": topic,
            "sink.delivery-guarantee": semantic.name.lower().replace("_", "-"),
            "sink.producer-pool-size": str(kafka_producer_pool_size),
            **format_options(serialization_schema, "value."),
        }
        options |= {f"properties.{key}": str(value) for key, value in producer_config.items()}
        super().__init__("kafka", options)

    def ignore_failures_after_transaction_timeout(self) -> FlinkKafkaProducer:
        """Goes on where a restored transaction has timed out, which loses its messages."""
        self._options["sink.ignore-transaction-timeout"] = "true"
        return self
