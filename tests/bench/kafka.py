#!/usr/bin/env python3
"""Kafka -> Python function -> Kafka on one broker: throughput exactly once, and latency.

usage: kafka.py [--engines headrace,pyflink] [--records N] [--rates N,N] [--seconds N] [--no-latency]

The broker is that of tests/services/kafka.sh; PyFlink is in build/bench/pyflink and gets Flink's
connector from Maven Central. Throughput is counted by the broker's clock, from the first to the last
record that the job appends, so that starting the engine does not count. Latency is from sending a
record to seeing it, by a reader of committed records where the job writes exactly once, at the rates
given; 0 is half of the maximum load: what comes out of the job while a sender sends all that it can
and the reader reads it, all on this machine."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
JAR = ROOT / "build/bench/flink-connector-kafka"
ARTIFACT = "org.apache.flink:flink-sql-connector-kafka:4.0.1-2.0"
PARTITIONS = 2
CHECKPOINT_MS = {"exactly-once": 100, "at-least-once": 1000}


class Broker:
    """The broker in a directory of its own."""

    def __init__(self) -> None:
        self._dir = ROOT / "build/services" / f"bench-kafka-{os.getpid()}"
        self._script = str(ROOT / "tests/services/kafka.sh")
        out = subprocess.run([self._script, "start", str(self._dir)], check=True,
                             capture_output=True, text=True).stdout
        self.address = f"127.0.0.1:{int(out)}"
        self._admin = AdminClient({"bootstrap.servers": self.address})

    def topic(self, name: str) -> str:
        """Makes a topic whose records have the broker's time."""
        config = {"message.timestamp.type": "LogAppendTime"}
        for made in self._admin.create_topics([NewTopic(name, PARTITIONS, 1, config=config)]).values():
            made.result(60)
        return name

    def stop(self) -> None:
        """Ends it."""
        subprocess.run([self._script, "stop", str(self._dir)], check=True)
        shutil.rmtree(self._dir)


def job(engine: str, broker: Broker, source: str, sink: str, guarantee: str, bounded: bool,
        log: Path) -> subprocess.Popen[bytes]:
    """Starts the job in the engine."""
    python, env = sys.executable, dict(os.environ, TZ="UTC", BENCH_ENGINE=engine)
    if engine == "pyflink":
        python = str(ROOT / "build/bench/pyflink/bin/python")
        env["PATH"] = str(Path(python).parent) + os.pathsep + env["PATH"]
        jar = JAR / "{1}-{2}.jar".format(*ARTIFACT.split(":"))
        if not jar.exists():
            subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}",
                            f"-DoutputDirectory={JAR}"], check=True)
        env["BENCH_JAR"] = jar.as_uri()
    with log.open("wb") as out:
        return subprocess.Popen(
            [python, str(HERE / "kafka_job.py"), broker.address, source, sink, guarantee,
             str(CHECKPOINT_MS[guarantee]), "bounded" if bounded else "unbounded"],
            env=env, stdout=out, stderr=out)


def consumer(broker: Broker, topic: str, committed: bool) -> Consumer:
    """A reader of a topic from its begin."""
    c = Consumer({"bootstrap.servers": broker.address, "group.id": "bench",
                  "isolation.level": "read_committed" if committed else "read_uncommitted",
                  "enable.auto.commit": False, "fetch.wait.max.ms": 5})
    c.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
    return c


def throughput(engine: str, broker: Broker, records: int) -> float:
    """Records a second through the job, exactly once."""
    source, sink = broker.topic(f"in-{engine}"), broker.topic(f"out-{engine}")
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 50})
    for n in range(records):
        text = json.dumps({"auction": n, "bidder": n % 1000, "price": n * 7 % 10_000})
        while True:
            try:
                producer.produce(source, text.encode(), partition=n % PARTITIONS)
                break
            except BufferError:  # the broker is behind
                producer.poll(0.1)
    producer.flush()
    log = ROOT / f"build/bench/kafka-{engine}.log"
    process = job(engine, broker, source, sink, "exactly-once", True, log)
    if process.wait(1800) != 0:
        sys.exit(log.read_text()[-4000:])
    reader, times = consumer(broker, sink, True), []
    deadline = time.monotonic() + 300
    while len(times) < records and time.monotonic() < deadline:
        times += [m.timestamp()[1] for m in reader.consume(10_000, 1.0) if m.error() is None]
    reader.close()
    if len(times) != records:
        sys.exit(f"{engine}: {len(times)} records of {records} have come out")
    return records / max(max(times) - min(times), 1) * 1000


def loaded(engine: str, broker: Broker, guarantee: str, rate: int,
           seconds: int) -> tuple[float, list[float]]:
    """What an unbounded job does while a process of its own sends rate records a second (0: as many
    as go): the records a second that came out, and milliseconds from sending to seeing, sorted; both
    without the first third of the time. Of fast rates the latency of a sample is taken: the reader
    shares the machine with what it measures."""
    name = f"{engine}-{guarantee}-{rate}"
    source, sink = broker.topic(f"late-in-{name}"), broker.topic(f"late-out-{name}")
    log = ROOT / f"build/bench/kafka-{name}.log"
    process = job(engine, broker, source, sink, guarantee, False, log)
    reader = consumer(broker, sink, guarantee == "exactly-once")
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 0})
    producer.produce(source, json.dumps({"sent": 0, "price": 1}).encode())
    producer.flush()
    while not reader.consume(1, 1.0):  # the job runs
        if process.poll() is not None:
            sys.exit(log.read_text()[-4000:])
    every = max((rate or 1_000_000) // 2000, 1)
    begin = time.time()
    sender = subprocess.Popen([sys.executable, str(HERE / "kafka_sender.py"), broker.address, source,
                               str(PARTITIONS), str(rate), str(seconds)], stdout=subprocess.PIPE)
    counted_from, until = (begin + seconds / 3) * 1e9, (begin + seconds) * 1e9
    late: list[float] = []
    count = 0
    quiet_from = time.monotonic()
    while time.monotonic() - quiet_from < 3:
        # It returns when all are there or the time is over: the time is part of what is measured.
        got = reader.consume(10_000, 0.002)
        now = time.time_ns()
        if got or sender.poll() is None:
            quiet_from = time.monotonic()
        if counted_from <= now < until:
            count += len(got)
        elif now >= until and not rate:
            break  # only the rate was asked for; what piled up may stay
        for message in got[::every]:
            sent = json.loads(message.value())["sent"] if message.error() is None else 0
            if sent >= counted_from:
                late.append((now - sent) / 1e6)
    process.kill()
    process.wait()
    sender.wait()
    reader.close()
    return count / (seconds * 2 / 3), sorted(late)


def report(guarantee: str, rate: int, late: list[float]) -> None:
    """Prints what was measured."""
    if not late:
        print(f"headrace {guarantee}: this machine cannot send {rate:,} records/s", flush=True)
        return
    p99 = late[int(len(late) * 0.99)]
    print(f"headrace {guarantee}, {len(late):,} of the records at {rate:,}/s: "
          f"median {statistics.median(late):.1f} ms, p99 {p99:.1f} ms", flush=True)


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__)
    peer = (ROOT / "build/bench/pyflink/bin/python").exists()
    parser.add_argument("--engines", default="headrace,pyflink" if peer else "headrace")
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--rates", default="1000,0")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--no-latency", action="store_true")
    options = parser.parse_args()
    broker = Broker()
    try:
        rates = {}
        for engine in options.engines.split(","):
            records = options.records // (10 if engine == "pyflink" else 1)
            rates[engine] = throughput(engine, broker, records)
            print(f"{engine}: {rates[engine]:,.0f} records/s exactly once", flush=True)
        if {"headrace", "pyflink"} <= set(rates):
            print(f"headrace / pyflink: {rates['headrace'] / rates['pyflink']:.1f} x")
        if options.no_latency or "headrace" not in rates:
            return
        for guarantee in CHECKPOINT_MS:
            for rate in map(int, options.rates.split(",")):
                if not rate:
                    most, _ = loaded("headrace", broker, guarantee, 0, options.seconds)
                    print(f"headrace {guarantee}: at most {most:,.0f} records/s beside sender and "
                          "reader", flush=True)
                    rate = int(most / 2)
                _, late = loaded("headrace", broker, guarantee, rate, options.seconds)
                report(guarantee, rate, late)
    finally:
        broker.stop()


if __name__ == "__main__":
    main()
