"""Kafka topics of several clusters, found through a metadata service."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from headrace._runtime import pickling
from headrace.common.serialization import DeserializationSchema
from headrace.common.typeinfo import TypeInformation
from headrace.datastream.connectors._schemas import format_options
from headrace.datastream.connectors.base import Source
from headrace.datastream.connectors.kafka import KafkaOffsetsInitializer

__all__ = [
    "ClusterMetadata",
    "DynamicKafkaSource",
    "DynamicKafkaSourceBuilder",
    "KafkaMetadataService",
    "KafkaRecordDeserializationSchema",
    "KafkaStream",
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


@dataclass(frozen=True)
class ClusterMetadata:
    """What a stream is in a cluster: topics, and the properties of clients of the cluster."""

    topics: Collection[str]
    properties: Mapping[str, str]


@dataclass(frozen=True)
class KafkaStream:
    """A stream: topics of clusters, by the clusters' names."""

    stream_id: str
    cluster_metadata_map: Mapping[str, ClusterMetadata]


class KafkaMetadataService:
    """Says where a stream's topics are.

    PyFlink wraps services that are written in Java; here a subclass is one. It is asked again every
    ``stream-metadata-discovery-interval-ms``, a property of the source, in the program's process.

    >>> class Catalog(KafkaMetadataService):
    ...     def get_all_streams(self):
    ...         cluster = ClusterMetadata(["orders-v2"], {"bootstrap.servers": "localhost:9092"})
    ...         return [KafkaStream("orders", {"east": cluster})]
    """

    _options: dict[str, str] | None = None

    def __init__(self, options: dict[str, str] | None = None) -> None:
        self._options = options

    def get_all_streams(self) -> Iterable[KafkaStream]:
        """All streams there are."""
        raise NotImplementedError(f"{type(self).__name__} must define get_all_streams()")

    def describe_streams(self, stream_ids: Collection[str]) -> Mapping[str, KafkaStream]:
        """The streams of these names."""
        wanted = set(stream_ids)
        return {s.stream_id: s for s in self.get_all_streams() if s.stream_id in wanted}

    def close(self) -> None:
        """Flink's: called at the end of a source."""

    def _locate(self, stream_ids: Collection[str] | None) -> dict[str, Any]:
        """What the engine asks: the streams of these names, None: all."""
        if stream_ids is None:
            streams = list(self.get_all_streams())
        else:
            streams = list(self.describe_streams(stream_ids).values())
            # The engine names the nearest one.
            if not {s.stream_id for s in streams} >= set(stream_ids):
                streams = list(self.get_all_streams())
        for stream in streams:
            if not isinstance(stream, KafkaStream):
                raise TypeError(f"a metadata service gives KafkaStreams, not {stream!r}")
        return {
            s.stream_id: {
                cluster: {
                    "topics": sorted(found.topics),
                    "properties": {k: str(v) for k, v in found.properties.items()},
                }
                for cluster, found in s.cluster_metadata_map.items()
            }
            for s in streams
        }

    def _described(self) -> dict[str, str]:
        """The options of a source that asks the service."""
        if self._options is not None:
            return self._options
        return {
            "metadata-service": f"{__name__}:_Pickled",
            "metadata-service.parameters": base64.b64encode(pickling.dumps(self)).decode(),
        }


class _Pickled:
    """A metadata service as it comes back in the engine, which knows it by its bytes."""

    def __init__(self, service: str) -> None:
        self._locate = pickling.loads(base64.b64decode(service))._locate


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
        if "metadata-service" not in self._options:
            raise ValueError("set_kafka_metadata_service() is needed before build()")
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
        if not isinstance(kafka_metadata_service, KafkaMetadataService):
            raise TypeError(
                "set_kafka_metadata_service takes a KafkaMetadataService (subclass it and define "
                f"get_all_streams), not {kafka_metadata_service!r}"
            )
        return self._update(kafka_metadata_service._described())

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
