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

from confluent_kafka import Consumer, IsolationLevel, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

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
PATIENCE = 120.0


def make_topics(address: str, *names: str) -> None:
    """Creates topics."""
    admin = AdminClient({"bootstrap.servers": address})
    for made in admin.create_topics([NewTopic(n, PARTITIONS, 1) for n in names]).values():
        made.result(PATIENCE)


def fill(address: str, topic: str, count: int) -> None:
    """Writes the numbers below count."""
    producer = Producer({"bootstrap.servers": address, "linger.ms": 20})
    for n in range(count):
        text = json.dumps({"n": n}).encode()
        while True:
            try:
                producer.produce(topic, text, partition=n % PARTITIONS)
                break
            except BufferError:  # the broker is behind
                producer.poll(0.1)
        if n % 5000 == 0:
            producer.poll(0)
    deadline = time.monotonic() + 5 * PATIENCE
    while producer.flush(1.0) > 0:
        assert time.monotonic() < deadline, "the broker does not take the input"


def ends(address: str, topic: str, isolation: IsolationLevel) -> dict[int, int]:
    """The offset behind the last record that a reader of this isolation may see, by partition."""
    admin = AdminClient({"bootstrap.servers": address})
    want = {TopicPartition(topic, p): OffsetSpec.latest() for p in range(PARTITIONS)}
    asked = admin.list_offsets(want, isolation_level=isolation, request_timeout=PATIENCE)
    return {part.partition: found.result(PATIENCE).offset for part, found in asked.items()}


def is_open(address: str, topic: str) -> bool:
    """Whether an open transaction holds up the readers of committed records right now."""
    stable = ends(address, topic, IsolationLevel.READ_COMMITTED)
    return stable != ends(address, topic, IsolationLevel.READ_UNCOMMITTED)


def committed(address: str, topic: str) -> collections.Counter[int]:
    """What a reader of committed records sees. No transaction may be left open: brokers confirm
    a commit before its markers are in the partitions, so that is waited for."""
    deadline = time.monotonic() + PATIENCE
    while is_open(address, topic):
        assert time.monotonic() < deadline, f"a transaction is left open in {topic}"
        time.sleep(0.05)
    want = ends(address, topic, IsolationLevel.READ_COMMITTED)
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "check",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    consumer.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
    seen: collections.Counter[int] = collections.Counter()
    deadline = time.monotonic() + PATIENCE
    while want:
        assert time.monotonic() < deadline, f"partitions {list(want)} were not read to their end"
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error() is None:
            seen[json.loads(message.value())["n"]] += 1
            continue
        assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
        if message.offset() >= want.get(message.partition(), 0):
            want.pop(message.partition(), None)
    consumer.close()
    return seen


class Job:
    """The job, which goes on from its newest checkpoint whenever it is started."""

    def __init__(self, work: Path, address: str) -> None:
        script = Path(__file__).parent / "kafka_job.py"
        self._command = [sys.executable, str(script), str(work), address]
        self._work, self._log = work, work / "log"

    def start(self) -> subprocess.Popen[str]:
        """Starts it."""
        with self._log.open("a") as log:
            process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n", self._log.read_text()[-4000:]
        return process

    def restorable(self) -> bool:
        """Says whether there is a complete checkpoint. After the first one there always is, until
        the job has ended: started again it would begin anew."""
        return any(self._work.glob("checkpoints/*/chk-*/_metadata"))

    def to_its_end(self) -> None:
        """Runs it to its end."""
        process = self.start()
        assert process.wait(600) == 0, self._log.read_text()[-4000:]


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
    killed, begun, over = 0, False, False
    for victim in victims:
        process = job.start()
        deadline = time.monotonic() + rng.uniform(0.05, 1.5)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.001)
        if process.poll() is not None:
            assert process.returncode == 0, job._log.read_text()[-4000:]
            over = True
            break
        killed += 1
        if victim == "broker":
            kafka.kill()
            kafka.start()
        process.kill()
        process.wait()
        over = begun and not job.restorable()  # killed between the job's end and its process's
        if over:
            break
        begun = job.restorable()
    if not over:
        job.to_its_end()
    print(f"{killed} of {len(victims)} kills")
    assert killed > 0
    seen = committed(kafka.address, "out")
    want = collections.Counter(range(rows))
    lost, extra = want - seen, seen - want
    assert not lost, f"{lost.total()} records are missing: {sorted(lost)[:5]}"
    assert not extra, f"{extra.total()} records are too many: {sorted(extra)[:5]}"


def test_datastream_builders(kafka: Service) -> None:
    """KafkaSource and KafkaSink as PyFlink has them, with a function in between."""
    make_topics(kafka.address, "in", "odd", "even")
    producer = Producer({"bootstrap.servers": kafka.address})
    for n in range(100):
        producer.produce("in", str(n).encode(), partition=n % PARTITIONS)
    assert producer.flush(PATIENCE) == 0
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
    assert committed(kafka.address, "odd") == collections.Counter(range(1, 101, 2))
    assert committed(kafka.address, "even") == collections.Counter(range(2, 101, 2))


def test_an_open_transaction_is_noticed(kafka: Service) -> None:
    """What the other tests rely on: as long as a transaction is open, is_open says so."""
    make_topics(kafka.address, "out")
    producer = Producer({"bootstrap.servers": kafka.address, "transactional.id": "left"})
    producer.init_transactions(PATIENCE)
    producer.begin_transaction()
    producer.produce("out", b'{"n": 1}', partition=0)
    producer.flush(PATIENCE)
    assert is_open(kafka.address, "out")
    producer.commit_transaction(PATIENCE)
    assert committed(kafka.address, "out") == collections.Counter([1])
