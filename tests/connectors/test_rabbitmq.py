"""RabbitMQ on a real broker; pika, which is not ours, writes the input and reads the output."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pika

from headrace.common import Configuration, SimpleStringSchema, Types
from headrace.datastream import MapFunction, RuntimeContext, StreamExecutionEnvironment
from headrace.datastream.connectors.rabbitmq import RMQConnectionConfig, RMQSink, RMQSource
from headrace.datastream.formats.json import (
    JsonRowDeserializationSchema,
    JsonRowSerializationSchema,
)
from headrace.datastream.state import ValueStateDescriptor

if TYPE_CHECKING:
    from conftest import Service


def connect(service: Service) -> Any:
    """A channel."""
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", service.port)).channel()


def publish(channel: Any, queue: str, bodies: Iterable[str]) -> None:
    """Messages with correlation ids."""
    channel.queue_declare(queue, durable=True)
    for number, body in enumerate(bodies):
        properties = pika.BasicProperties(correlation_id=f"{queue}-{number}")
        channel.basic_publish("", queue, body.encode(), properties)


def receive(channel: Any, queue: str, count: int) -> list[str]:
    """Waits for so many messages, and takes them."""
    out: list[str] = []
    end = time.monotonic() + 120
    while len(out) < count:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is not None:
            out.append(body.decode())
            continue
        assert time.monotonic() < end, f"{len(out)} of {count} messages have come"
        time.sleep(0.02)
    return out


def config(service: Service) -> RMQConnectionConfig:
    """As PyFlink's documentation has it."""
    return (
        RMQConnectionConfig.Builder()
        .set_host("127.0.0.1")
        .set_port(service.port)
        .set_user_name("guest")
        .set_password("guest")
        .set_virtual_host("/")
        .set_requested_heartbeat(30)
        .set_connection_timeout(60_000)
        .set_network_recovery_interval(100)
        .build()
    )


class FailsOnce(MapFunction):
    """Fails behind a complete checkpoint, at the message "boom"; sets a file before it does."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def map(self, value: str) -> str:
        """The message, as it is."""
        if value == "boom" and not self._path.exists():
            self._path.touch()
            raise RuntimeError("the attempt ends")
        return value


def test_exactly_once(rabbitmq: Service, tmp_path: Path) -> None:
    """A job that fails reads each message once: those of the failed attempt come again."""
    channel = connect(rabbitmq)
    publish(channel, "in", [*map(str, range(100)), "boom", *map(str, range(100, 200))])
    channel.queue_declare("out", durable=True)
    options = Configuration()
    options.set_string("restart-strategy.type", "fixed-delay")
    options.set_string("restart-strategy.fixed-delay.delay", "100 ms")
    env = StreamExecutionEnvironment.get_execution_environment(options)
    env.set_parallelism(2)
    env.enable_checkpointing(200)
    source = RMQSource(config(rabbitmq), "in", True, SimpleStringSchema())
    (
        env.add_source(source, "messages")
        .set_parallelism(1)
        .map(FailsOnce(tmp_path / "failed"), Types.STRING())
        .key_by(lambda _: 0)
        .map(Count(), Types.STRING())
        .add_sink(RMQSink(config(rabbitmq), "out", SimpleStringSchema()))
    )
    job = env.execute_async("exactly once")
    seen: dict[int, str] = {}
    while len(seen) < 201:
        number, text = receive(channel, "out", 1)[0].split(" ")
        seen[int(number)] = text  # the newest attempt counts: the sink writes at least once
    assert (tmp_path / "failed").exists()
    job.stop_with_savepoint(False, str(tmp_path / "savepoint")).result()
    assert sorted(seen) == list(range(1, 202))
    assert sorted(seen.values()) == sorted([*map(str, range(200)), "boom"])
    # The savepoint's completion acknowledged everything.
    assert channel.queue_declare("in", durable=True, passive=True).method.message_count == 0


class Count(MapFunction):
    """Numbers the elements, in state."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Finds the state."""
        self._n = runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))

    def map(self, value: str) -> str:
        """The element with its number."""
        n = (self._n.value() or 0) + 1
        self._n.update(n)
        return f"{n} {value}"


def test_rows(rabbitmq: Service) -> None:
    """JSON messages are Rows and back; a URI says where the broker is."""
    channel = connect(rabbitmq)
    publish(channel, "rows", ['{"id":1,"name":"a"}', '{"id":2,"name":null}'])
    channel.queue_declare("copies", durable=True)
    where = (
        RMQConnectionConfig.Builder()
        .set_uri(f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}/%2f")
        .set_prefetch_count(10)
        .build()
    )
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    rows = Types.ROW_NAMED(["id", "name"], [Types.LONG(), Types.STRING()])
    schema = JsonRowDeserializationSchema.builder().type_info(rows).build()
    out = JsonRowSerializationSchema.builder().with_type_info(rows).build()
    stream = env.add_source(RMQSource(where, "rows", False, schema))
    stream.map(lambda row: row, rows).add_sink(RMQSink(where, "copies", out))
    job = env.execute_async("rows")
    copies = receive(channel, "copies", 2)
    assert copies == ['{"id":1,"name":"a"}', '{"id":2,"name":null}']
    job.cancel().result()
