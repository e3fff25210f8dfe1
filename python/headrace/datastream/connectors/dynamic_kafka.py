"""Kafka topics of several clusters, found through a metadata service."""

from __future__ import annotations

import json

from headrace.common.serialization import DeserializationSchema
from headrace.common.typeinfo import TypeInformation
from headrace.datastream.connectors._schemas import format_options
from headrace.datastream.connectors.base import Source
from headrace.datastream.connectors.kafka import KafkaOffsetsInitializer

__all__ = [
    "DynamicKafkaSource",
    "DynamicKafkaSourceBuilder",
    "KafkaMetadataService",
    "KafkaRecordDeserializationSchema",
    "KafkaStreamSetSubscriber",
    "KafkaStreamSubscriber",
    "SingleClusterTopicMetadataService",
    "StreamPatternSubscriber",
]


class DynamicKafkaSource(Source):
    """Reads streams: topics that may move from cluster to cluster."""

    @staticmethod
    def builder() -> DynamicKafkaSourceBuilder:
        """Starts a source."""
        return DynamicKafkaSourceBuilder()


class KafkaMetadataService:
    """Says where a stream's topics are."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options


class SingleClusterTopicMetadataService(KafkaMetadataService):
    """All streams are topics of one cluster."""

    def __init__(self, kafka_cluster_id: str, properties: dict[str, str]) -> None:
        super().__init__(
            {
                "metadata-service": "single-cluster",
                "metadata-service.cluster-id": kafka_cluster_id,
                "metadata-service.properties": json.dumps(properties, sort_keys=True),
            }
        )


class KafkaStreamSubscriber:
    """Says which streams are read."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options


class KafkaStreamSetSubscriber(KafkaStreamSubscriber):
    """The streams named."""

    def __init__(self, stream_ids: set[str]) -> None:
        super().__init__({"stream-ids": ";".join(sorted(stream_ids))})


class StreamPatternSubscriber(KafkaStreamSubscriber):
    """The streams whose names match a regular expression."""

    def __init__(self, stream_pattern: str) -> None:
        super().__init__({"stream-pattern": stream_pattern})


class KafkaRecordDeserializationSchema(DeserializationSchema):
    """How a message becomes an element."""

    @staticmethod
    def value_only(
        deserialization_schema: DeserializationSchema,
    ) -> KafkaRecordDeserializationSchema:
        """The value decides alone."""
        schema = deserialization_schema
        return KafkaRecordDeserializationSchema(schema._format, schema._options, schema._type_info)


class DynamicKafkaSourceBuilder:
    """Builds a DynamicKafkaSource."""

    def __init__(self) -> None:
        self._options = KafkaOffsetsInitializer.earliest()._as("scan.startup")
        self._type: TypeInformation | None = None

    def _update(self, options: dict[str, str]) -> DynamicKafkaSourceBuilder:
        self._options.update(options)
        return self

    def build(self) -> DynamicKafkaSource:
        """The source."""
        if not {"stream-ids", "stream-pattern"} & set(self._options):
            raise ValueError("set_stream_ids() or set_stream_pattern() is needed before build()")
        if "value.format" not in self._options:
            raise ValueError("set_value_only_deserializer() is needed before build()")
        return DynamicKafkaSource("dynamic-kafka", dict(self._options), self._type)

    def set_stream_ids(self, stream_ids: set[str]) -> DynamicKafkaSourceBuilder:
        """The streams named."""
        return self._update(KafkaStreamSetSubscriber(stream_ids)._options)

    def set_stream_pattern(self, stream_pattern: str) -> DynamicKafkaSourceBuilder:
        """The streams whose names match a regular expression."""
        return self._update(StreamPatternSubscriber(stream_pattern)._options)

    def set_kafka_stream_subscriber(
        self, kafka_stream_subscriber: KafkaStreamSubscriber
    ) -> DynamicKafkaSourceBuilder:
        """Which streams are read."""
        return self._update(kafka_stream_subscriber._options)

    def set_kafka_metadata_service(
        self, kafka_metadata_service: KafkaMetadataService
    ) -> DynamicKafkaSourceBuilder:
        """Where the streams' topics are."""
        return self._update(kafka_metadata_service._options)

    def set_value_only_deserializer(
        self, deserialization_schema: DeserializationSchema
    ) -> DynamicKafkaSourceBuilder:
        """How a message's value becomes an element."""
        self._type = deserialization_schema._type_info
        return self._update(format_options(deserialization_schema, "value."))

    def set_deserializer(
        self, deserialization_schema: KafkaRecordDeserializationSchema
    ) -> DynamicKafkaSourceBuilder:
        """How a message becomes an element."""
        return self.set_value_only_deserializer(deserialization_schema)

    def set_starting_offsets(
        self, starting_offsets_initializer: KafkaOffsetsInitializer
    ) -> DynamicKafkaSourceBuilder:
        """Where reading begins."""
        return self._update(starting_offsets_initializer._as("scan.startup"))

    def set_bounded(
        self, stopping_offsets_initializer: KafkaOffsetsInitializer
    ) -> DynamicKafkaSourceBuilder:
        """Where reading ends."""
        return self._update(stopping_offsets_initializer._as("scan.bounded"))

    def set_properties(self, props: dict[str, str]) -> DynamicKafkaSourceBuilder:
        """Properties of the Kafka client."""
        return self._update({f"properties.{key}": str(value) for key, value in props.items()})

    def set_property(self, key: str, value: str) -> DynamicKafkaSourceBuilder:
        """A property of the Kafka client."""
        return self._update({f"properties.{key}": value})

    def set_group_id(self, group_id: str) -> DynamicKafkaSourceBuilder:
        """The consumer group."""
        return self._update({"properties.group.id": group_id})

    def set_client_id_prefix(self, prefix: str) -> DynamicKafkaSourceBuilder:
        """What client ids begin with."""
        return self._update({"client-id-prefix": prefix})
