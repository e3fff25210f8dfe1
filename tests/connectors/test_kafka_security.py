"""Kafka behind TLS and passwords; confluent-kafka, which is not ours, writes and reads."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from headrace.table import EnvironmentSettings, TableEnvironment

if TYPE_CHECKING:
    from conftest import Service

PATIENCE = 120.0
MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


def client(kafka: Service, **more: Any) -> dict[str, Any]:
    """What the client that is not ours needs."""
    return {
        "bootstrap.servers": kafka.address,
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(kafka.directory / "ca.pem"),
        "sasl.mechanism": "PLAIN",
        "sasl.username": "test",
        "sasl.password": "secret",
        **more,
    }


def options(kafka: Service, mechanism: str, password: str, **more: str) -> str:
    """What a table needs, in Java's property names."""
    login = f'{MODULES[mechanism]} required username="test" password="{password}";'
    properties = {
        "bootstrap.servers": kafka.address,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": login,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(kafka.directory / "ca.pem"),
        "group.id": "g",
        **more,
    }
    return ", ".join(f"'properties.{name}' = '{value}'" for name, value in properties.items())


def copy(kafka: Service, properties: str, to: str) -> None:
    """Runs a job from one topic to another, exactly once."""
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    common = f"'connector' = 'kafka', 'format' = 'json', {properties}"
    tables.execute_sql(
        f"""CREATE TABLE source (n INT) WITH ({common}, 'topic' = 'in',
              'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset')"""
    )
    tables.execute_sql(
        f"""CREATE TABLE sink (n INT) WITH ({common}, 'topic' = '{to}',
              'sink.delivery-guarantee' = 'exactly-once',
              'sink.transactional-id-prefix' = '{to}')"""
    )
    tables.execute_sql("INSERT INTO sink SELECT n + 1 FROM source").wait()


def read(kafka: Service, topic: str, count: int) -> list[int]:
    """The numbers in a topic of one partition."""
    consumer = Consumer(
        client(kafka, **{"group.id": "check", "isolation.level": "read_committed"})
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    seen: list[int] = []
    deadline = time.monotonic() + PATIENCE
    while len(seen) < count:
        assert time.monotonic() < deadline, f"{topic}: only {seen}"
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            seen.append(json.loads(message.value())["n"])
        elif message is not None:
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
    consumer.close()
    return sorted(seen)


def test_passwords_and_certificates(kafka_secured: Service) -> None:
    """Each mechanism, and a client's certificate, over TLS; what is wrong is said, not retried."""
    kafka = kafka_secured
    admin = AdminClient(client(kafka))
    topics = ["in", *MODULES, "certified"]
    for made in admin.create_topics([NewTopic(name, 1, 1) for name in topics]).values():
        made.result(PATIENCE)
    producer = Producer(client(kafka))
    for n in range(10):
        producer.produce("in", json.dumps({"n": n}).encode())
    assert producer.flush(PATIENCE) == 0
    for mechanism in MODULES:
        copy(kafka, options(kafka, mechanism, "secret"), mechanism)
        assert read(kafka, mechanism, 10) == list(range(1, 11))
    own = str(kafka.directory / "broker.pem")
    certified = {"ssl.keystore.type": "PEM", "ssl.keystore.location": own}
    copy(kafka, options(kafka, "PLAIN", "secret", **certified), "certified")
    assert read(kafka, "certified", 10) == list(range(1, 11))
    for mechanism in MODULES:
        with pytest.raises(Exception, match=r"(?i)authentication|credentials|SASL"):
            copy(kafka, options(kafka, mechanism, "wrong"), "in")
    strange = kafka.directory / "strange.pem"
    strange.write_text((kafka.directory / "server.properties").read_text())
    wrong = options(kafka, "PLAIN", "secret", **{"ssl.truststore.location": str(strange)})
    with pytest.raises(Exception, match="PEM certificates"):
        copy(kafka, wrong, "in")
    wrong = options(kafka, "PLAIN", "secret", **{"ssl.truststore.location": ""})
    with pytest.raises(Exception, match="certificate"):  # not signed by what the system trusts
        copy(kafka, wrong, "in")
