"""Kafka on a real broker; confluent-kafka, which is not ours, writes input and reads output.

EO_KAFKA_KILLS and EO_SEED say how often the job is killed and with which seed.
"""

from __future__ import annotations

import collections
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from headrace.common import SimpleStringSchema, Types, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.kafka import (
    DeliveryGuarantee,
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)

if TYPE_CHECKING:
    from conftest import Service

KILLS = int(os.environ.get("EO_KAFKA_KILLS", "4"))
BROKER_KILLS = int(os.environ.get("EO_KAFKA_BROKER_KILLS", "1"))
SEED = int(os.environ.get("EO_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
PARTITIONS = 3


def make_topics(address: str, *names: str) -> None:
    """Creates topics."""
    admin = AdminClient({"bootstrap.servers": address})
    for made in admin.create_topics([NewTopic(n, PARTITIONS, 1) for n in names]).values():
        made.result(60)


def fill(address: str, topic: str, count: int) -> None:
    """Writes the numbers below count."""
    producer = Producer({"bootstrap.servers": address, "linger.ms": 20})
    for n in range(count):
        producer.produce(topic, json.dumps({"n": n}).encode(), partition=n % PARTITIONS)
        if n % 5000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0


def committed(address: str, topic: str) -> tuple[collections.Counter[int], bool]:
    """What a reader of committed records sees, and whether a transaction is left open."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "check",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    parts = [TopicPartition(topic, p, 0) for p in range(PARTITIONS)]
    consumer.assign(parts)
    seen: collections.Counter[int] = collections.Counter()
    ends: dict[int, int] = {}
    deadline = time.monotonic() + 120
    while len(ends) < PARTITIONS:
        assert time.monotonic() < deadline, f"only partitions {list(ends)} were read to their end"
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            ends[message.partition()] = message.offset()
            continue
        seen[json.loads(message.value())["n"]] += 1
    left_open = False
    for part in parts:  # a reader of committed records stops before an open transaction
        _, high = consumer.get_watermark_offsets(part, timeout=30)
        left_open = left_open or ends[part.partition] < high
    consumer.close()
    return seen, left_open


class Job:
    """The job, which goes on from its newest checkpoint whenever it is started."""

    def __init__(self, work: Path, address: str) -> None:
        script = Path(__file__).parent / "kafka_job.py"
        self._command = [sys.executable, str(script), str(work), address]
        self._log = work / "log"

    def start(self) -> subprocess.Popen[str]:
        """Starts it."""
        with self._log.open("a") as log:
            process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n", self._log.read_text()[-4000:]
        return process

    def to_its_end(self) -> None:
        """Runs it to its end."""
        process = self.start()
        assert process.wait(300) == 0, self._log.read_text()[-4000:]


def test_kills_of_job_and_broker(kafka: Service, tmp_path: Path) -> None:
    """No loss, no duplicate and no open transaction, whenever the job or the broker dies."""
    rng = random.Random(SEED)
    print(f"replay with EO_SEED={SEED} EO_KAFKA_KILLS={KILLS}")
    rows = 20_000 * max(KILLS + BROKER_KILLS, 1)
    make_topics(kafka.address, "in", "out")
    fill(kafka.address, "in", rows)
    job = Job(tmp_path, kafka.address)
    victims = ["job"] * KILLS + ["broker"] * BROKER_KILLS
    rng.shuffle(victims)
    killed = 0
    for victim in victims:
        process = job.start()
        deadline = time.monotonic() + rng.uniform(0.05, 1.5)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.001)
        if process.poll() is not None:
            assert process.returncode == 0, job._log.read_text()[-4000:]
            break
        killed += 1
        if victim == "broker":
            kafka.kill()
            kafka.start()
        process.kill()
        process.wait()
    job.to_its_end()
    assert killed > 0
    seen, left_open = committed(kafka.address, "out")
    want = collections.Counter(range(rows))
    lost, extra = want - seen, seen - want
    assert not lost, f"{lost.total()} records are missing: {sorted(lost)[:5]}"
    assert not extra, f"{extra.total()} records are too many: {sorted(extra)[:5]}"
    assert not left_open, "a transaction is left open"


def test_datastream_builders(kafka: Service) -> None:
    """KafkaSource and KafkaSink as PyFlink has them, with a function in between."""
    make_topics(kafka.address, "in", "odd", "even")
    producer = Producer({"bootstrap.servers": kafka.address})
    for n in range(100):
        producer.produce("in", str(n).encode(), partition=n % PARTITIONS)
    assert producer.flush(60) == 0
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(kafka.address)
        .set_topics("in")
        .set_group_id("builders")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    serializer = (
        KafkaRecordSerializationSchema.builder()
        .set_topic_selector(lambda text: "odd" if json.loads(text)["n"] % 2 else "even")
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    sink = (
        KafkaSink.builder()
        .set_bootstrap_servers(kafka.address)
        .set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .set_transactional_id_prefix("builders")
        .set_record_serializer(serializer)
        .build()
    )
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
    stream.map(lambda s: json.dumps({"n": int(s) + 1}), output_type=Types.STRING()).sink_to(sink)
    env.execute("builders")
    odd, left_open = committed(kafka.address, "odd")
    assert odd == collections.Counter(range(1, 101, 2))
    assert not left_open
    even, left_open = committed(kafka.address, "even")
    assert even == collections.Counter(range(2, 101, 2))
    assert not left_open
