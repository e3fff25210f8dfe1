"""Streams of two real Kafka clusters; confluent-kafka, which is not ours, writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import _run
from test_kafka import fill, make_topics

from headrace.common import SimpleStringSchema, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.dynamic_kafka import (
    ClusterMetadata,
    DynamicKafkaSource,
    KafkaMetadataService,
    KafkaStream,
    SingleClusterTopicMetadataService,
)
from headrace.datastream.connectors.kafka import KafkaOffsetsInitializer

if TYPE_CHECKING:
    from conftest import Service


@pytest.fixture
def other_kafka() -> Iterator[Service]:
    """A second cluster."""
    yield from _run("kafka", "kafka-2")


class Catalog(KafkaMetadataService):
    """Reads where streams are from a file of JSON: topics by address, by stream."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get_all_streams(self) -> list[KafkaStream]:
        return [
            KafkaStream(
                stream,
                {
                    f"cluster at {address}": ClusterMetadata(topics, {"bootstrap.servers": address})
                    for address, topics in clusters.items()
                },
            )
            for stream, clusters in json.loads(self.path.read_text()).items()
        ]


def test_streams(kafka: Service, other_kafka: Service, tmp_path: Path) -> None:
    a_stream_moves_to_another_cluster(kafka, other_kafka, tmp_path)
    streams_of_one_cluster(kafka)


def a_stream_moves_to_another_cluster(kafka: Service, other_kafka: Service, tmp_path: Path) -> None:
    make_topics(kafka.address, "numbers")
    make_topics(other_kafka.address, "numbers-2")
    fill(kafka.address, "numbers", 100)
    fill(other_kafka.address, "numbers-2", 50)
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps({"n": {kafka.address: ["numbers"]}, "x": {"nowhere:1": ["y"]}}))
    source = (
        DynamicKafkaSource.builder()
        .set_stream_ids({"n"})
        .set_kafka_metadata_service(Catalog(catalog))
        .set_value_only_deserializer(SimpleStringSchema())
        .set_group_id("g")
        .set_property("stream-metadata-discovery-interval-ms", "50")
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "streams")
    with stream.map(lambda text: json.loads(text)["n"]).execute_and_collect() as results:
        assert sorted(islice(results, 100)) == list(range(100))
        catalog.write_text(json.dumps({"n": {other_kafka.address: ["numbers-2"]}}))
        assert sorted(islice(results, 50)) == list(range(50))


def streams_of_one_cluster(kafka: Service) -> None:
    make_topics(kafka.address, "one", "two", "other")
    for topic, count in (("one", 30), ("two", 20), ("other", 10)):
        fill(kafka.address, topic, count)
    service = SingleClusterTopicMetadataService("c", {"bootstrap.servers": kafka.address})
    source = (
        DynamicKafkaSource.builder()
        .set_stream_pattern("one|tw.")
        .set_kafka_metadata_service(service)
        .set_value_only_deserializer(SimpleStringSchema())
        .set_bounded(KafkaOffsetsInitializer.latest())
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "streams")
    with stream.execute_and_collect() as results:
        numbers = sorted(json.loads(text)["n"] for text in results)
    assert numbers == sorted([*range(30), *range(20)])
