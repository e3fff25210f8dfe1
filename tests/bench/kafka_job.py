"""The job of kafka.py: one script for headrace and PyFlink."""

from __future__ import annotations

import json
import os
import sys
import tempfile

if os.environ["BENCH_ENGINE"] == "headrace":
    import headrace.pyflink  # noqa: F401 - pyflink is headrace from here on

    headrace.pyflink.install()

from pyflink.common import Configuration, SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import (
    DeliveryGuarantee,
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)


def work(text: str) -> str:
    """What the job does with a record."""
    row = json.loads(text)
    row["price"] = row["price"] * 908 // 1000
    return json.dumps(row)


def main(brokers: str, source: str, sink: str, guarantee: str, interval: str, bounded: str) -> None:
    """Runs the job, to its end if it is bounded."""
    config = Configuration()
    config.set_string("execution.checkpointing.interval", f"{interval} ms")
    config.set_string("execution.checkpointing.dir", "file://" + tempfile.mkdtemp())
    config.set_string("parallelism.default", "1")
    if "BENCH_JAR" in os.environ:
        config.set_string("pipeline.jars", os.environ["BENCH_JAR"])
    env = StreamExecutionEnvironment.get_execution_environment(config)
    builder = (
        KafkaSource.builder()
        .set_bootstrap_servers(brokers)
        .set_topics(source)
        .set_group_id("bench")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_value_only_deserializer(SimpleStringSchema())
    )
    if bounded == "bounded":
        builder = builder.set_bounded(KafkaOffsetsInitializer.latest())
    exactly = guarantee == "exactly-once"
    writer = (
        KafkaSink.builder()
        .set_bootstrap_servers(brokers)
        .set_record_serializer(
            KafkaRecordSerializationSchema.builder()
            .set_topic(sink)
            .set_value_serialization_schema(SimpleStringSchema())
            .build()
        )
        .set_delivery_guarantee(
            DeliveryGuarantee.EXACTLY_ONCE if exactly else DeliveryGuarantee.AT_LEAST_ONCE
        )
        .set_transactional_id_prefix(sink)
        .set_property("transaction.timeout.ms", "600000")
        .build()
    )
    stream = env.from_source(builder.build(), WatermarkStrategy.no_watermarks(), "in")
    stream.map(work, Types.STRING()).sink_to(writer)
    env.execute("bench")


if __name__ == "__main__":
    main(*sys.argv[1:])
