"""Pulsar on a real broker; pulsar-client, which is not ours, writes input and reads output.

EO_PULSAR_KILLS and EO_SEED say how often the job is killed and with which seed.
"""

from __future__ import annotations

import collections
import json
import os
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pulsar
import pytest

from headrace.common import SimpleStringSchema, Types, WatermarkStrategy
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.base import DeliveryGuarantee
from headrace.datastream.connectors.pulsar import (
    PulsarSink,
    PulsarSource,
    RangeGenerator,
    StartCursor,
    StopCursor,
    TopicRoutingMode,
)

KILLS = int(os.environ.get("EO_PULSAR_KILLS", "10"))
BROKER_KILLS = int(os.environ.get("EO_PULSAR_BROKER_KILLS", "2"))
SEED = int(os.environ.get("EO_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
PARTITIONS = 3
PATIENCE = 120.0
ROOT = Path(__file__).parents[3]


class Broker:
    """A server with a data directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = self.admin = ""

    def do(self, verb: str) -> str:
        """Runs the server's script."""
        script = str(ROOT / "tests/services/pulsar.sh")
        done = subprocess.run([script, verb, str(self.directory)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Starts it."""
        port, web = self.do("start").strip().split(",")
        self.url, self.admin = f"pulsar://127.0.0.1:{port}", f"http://127.0.0.1:{web}"

    def make(self, *topics: str) -> None:
        """Creates partitioned topics."""
        for topic in topics:
            path = f"{self.admin}/admin/v2/persistent/public/default/{topic}/partitions"
            request = urllib.request.Request(
                path, str(PARTITIONS).encode(), {"Content-Type": "application/json"}, method="PUT"
            )
            urllib.request.urlopen(request, timeout=PATIENCE).close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    server = Broker(ROOT / "build/services" / f"py-pulsar-{os.getpid()}")
    try:
        server.start()
        yield server
    finally:
        server.do("stop")
        shutil.rmtree(server.directory)


def fill(url: str, topic: str, texts: list[str], **key: str) -> list[pulsar.MessageId]:
    """Writes messages with Pulsar's own client."""
    client = pulsar.Client(url)
    producer = client.create_producer(topic, batching_enabled=True, block_if_queue_full=True)
    ids: list[pulsar.MessageId] = []
    failed: list[object] = []

    def sent(result: pulsar.Result, where: pulsar.MessageId) -> None:
        (ids if result == pulsar.Result.Ok else failed).append(where)

    for text in texts:
        producer.send_async(text.encode(), sent, **key)
    producer.flush()
    client.close()
    assert not failed
    assert len(ids) == len(texts)
    return ids


def drain(url: str, topic: str, count: int) -> collections.Counter[str]:
    """What Pulsar's own client reads: count messages, and those that come soon behind them."""
    client = pulsar.Client(url)
    consumer = client.subscribe(
        topic, f"check-{time.time_ns()}", initial_position=pulsar.InitialPosition.Earliest
    )
    seen: collections.Counter[str] = collections.Counter()
    deadline = time.monotonic() + 2 * PATIENCE
    while seen.total() < count:
        assert time.monotonic() < deadline, f"{seen.total()} of {count} messages can be read"
        try:
            seen[consumer.receive(1000).data().decode()] += 1
        except pulsar.Timeout:
            continue
    try:
        while True:
            seen[consumer.receive(500).data().decode()] += 1
    except pulsar.Timeout:
        pass
    client.close()
    return seen


class Job:
    """The job, which goes on from its newest checkpoint whenever it is started."""

    def __init__(self, work: Path, url: str) -> None:
        script = Path(__file__).parent / "pulsar_job.py"
        self._command = [sys.executable, str(script), str(work), url]
        self._work, self._log = work, work / "log"

    def start(self) -> subprocess.Popen[str]:
        """Starts it."""
        with self._log.open("a") as log:
            process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n", self.log()
        return process

    def restorable(self) -> bool:
        """Says whether there is a complete checkpoint. After the first one there always is, until
        the job has ended: started again it would begin anew."""
        return any(self._work.glob("checkpoints/*/chk-*/_metadata"))

    def log(self) -> str:
        """The end of its log."""
        return self._log.read_text()[-4000:]


def wait_for(so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Waits until something is so, or the process has ended."""
    deadline = time.monotonic() + PATIENCE
    while not so() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_kills_of_job_and_broker(broker: Broker, tmp_path: Path) -> None:
    """No loss and no duplicate, whenever the job or the broker dies."""
    rng = random.Random(SEED)
    print(f"replay with EO_SEED={SEED} EO_PULSAR_KILLS={KILLS}")
    rows = 20_000 * max(KILLS + BROKER_KILLS, 1)
    broker.make("in", "out")
    fill(broker.url, "in", [json.dumps({"n": n}) for n in range(rows)])
    job = Job(tmp_path, broker.url)
    victims = ["job"] * KILLS + ["broker"] * BROKER_KILLS
    rng.shuffle(victims)
    killed, over = 0, False
    for victim in victims:
        process = job.start()
        if not killed:
            # What is open when a job dies before its first checkpoint ends by its timeout only.
            wait_for(job.restorable, process)
        deadline = time.monotonic() + rng.uniform(0.05, 1.5)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.001)
        if process.poll() is not None:
            assert process.returncode == 0, job.log()
            over = True
            break
        killed += 1
        if victim == "broker":
            broker.do("kill")
            broker.start()
        process.kill()
        process.wait()
        over = not job.restorable()  # killed between the job's end and its process's
        if over:
            break
    if not over:
        process = job.start()
        assert process.wait(900) == 0, job.log()
    print(f"{killed} of {len(victims)} kills")
    assert killed > 0
    seen = drain(broker.url, "out", rows)
    want = collections.Counter(json.dumps({"n": n}, separators=(",", ":")) for n in range(rows))
    lost, extra = want - seen, seen - want
    assert not lost, f"{lost.total()} messages are missing: {sorted(lost)[:5]}"
    assert not extra, f"{extra.total()} messages are too many: {sorted(extra)[:5]}"


def test_datastream_builders(broker: Broker) -> None:
    """PulsarSource and PulsarSink as PyFlink has them, between two clients that are not ours."""
    broker.make("in", "out")
    fill(broker.url, "in", [f"a{n}" for n in range(100)], partition_key="a")
    ids = fill(broker.url, "in", [f"b{n}" for n in range(50)], partition_key="b")
    fill(broker.url, "in", [f"c{n}" for n in range(50)])
    everything = {f"a{n}" for n in range(100)} | {f"b{n}" for n in range(50)}
    everything |= {f"c{n}" for n in range(50)}

    def read(name: str, **settings: object) -> list[str]:
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_parallelism(2)
        builder = (
            PulsarSource.builder()
            .set_service_url(broker.url)
            .set_admin_url(broker.admin)
            .set_topics(["in"])
            .set_subscription_name(name)
            .set_consumer_name("reader")
            .set_bounded_stop_cursor(StopCursor.latest())
            .set_deserialization_schema(SimpleStringSchema())
            .set_config("pulsar.consumer.receiverQueueSize", 10)
        )
        for setter, value in settings.items():
            getattr(builder, setter)(value)
        source = builder.build()
        stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "pulsar")
        return list(stream.execute_and_collect())

    got = read("all")
    assert len(got) == 200
    assert set(got) == everything
    assert set(read("key", set_range_generator=RangeGenerator.fixed_key(keys="b"))) == {
        f"b{n}" for n in range(50)
    }
    nulls = RangeGenerator.fixed_key(support_null_key=True)
    assert set(read("null", set_range_generator=nulls)) == {f"c{n}" for n in range(50)}
    assert not read("latest", set_start_cursor=StartCursor.latest())
    part = f"in-partition-{ids[0].partition()}"
    start = StartCursor.from_message_id(ids[10].serialize())
    behind = read("message", set_topics=[part], set_start_cursor=start)
    assert {f"b{n}" for n in range(10, 50)} <= set(behind)
    assert not {f"b{n}" for n in range(10)} & set(behind)
    for guarantee in DeliveryGuarantee:
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_parallelism(2)
        topic = f"out-{guarantee.name.lower()}"
        broker.make(topic)
        sink = (
            PulsarSink.builder()
            .set_service_url(broker.url)
            .set_admin_url(broker.admin)
            .set_topics(topic)
            .set_producer_name("writer")
            .set_delivery_guarantee(guarantee)
            .set_topic_routing_mode(TopicRoutingMode.ROUND_ROBIN)
            .set_serialization_schema(SimpleStringSchema())
            .set_properties({"pulsar.producer.compressionType": "ZSTD"})
            .build()
        )
        env.from_collection(sorted(everything), Types.STRING()).sink_to(sink)
        env.execute()
        assert drain(broker.url, topic, 200) == collections.Counter(everything)
