"""PyFlink's builders for Pulsar as options that the engine knows."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.common import Duration, SimpleStringSchema, Types, WatermarkStrategy
from headrace.common.config_options import ConfigOptions
from headrace.datastream import StreamExecutionEnvironment
from headrace.datastream.connectors.base import DeliveryGuarantee
from headrace.datastream.connectors.pulsar import (
    MessageDelayer,
    PulsarSink,
    PulsarSinkBuilder,
    PulsarSource,
    PulsarSourceBuilder,
    RangeGenerator,
    StartCursor,
    StopCursor,
    TopicRoutingMode,
)

ID = bytes([0x08, 0x05, 0x10, 0x07])  # ledger 5, entry 7, as pulsar.MessageId serializes it


def source() -> PulsarSourceBuilder:
    return (
        PulsarSource.builder()
        .set_service_url("pulsar://127.0.0.1:1")
        .set_admin_url("http://127.0.0.1:1")
        .set_topics(["a", "b"])
        .set_subscription_name("s")
        .set_deserialization_schema(SimpleStringSchema())
    )


def sink() -> PulsarSinkBuilder:
    return (
        PulsarSink.builder()
        .set_service_url("pulsar://127.0.0.1:1")
        .set_admin_url("http://127.0.0.1:1")
        .set_topics(["a", "b"])
        .set_serialization_schema(SimpleStringSchema())
    )


def planned(read: PulsarSource, write: PulsarSink) -> None:
    """Has the engine make both; there is no broker, which it would wait for."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.from_source(read, WatermarkStrategy.no_watermarks(), "in").map(
        lambda text: text, Types.STRING()
    ).sink_to(write)
    env.execute_async().cancel().result()


STARTS = [
    (StartCursor.default_start_cursor(), "from-message-id", "earliest"),
    (StartCursor.earliest(), "from-message-id", "earliest"),
    (StartCursor.latest(), "from-message-id", "latest"),
    (StartCursor.from_message_id(ID), "from-message-id", "0x08051007"),
    (StartCursor.from_message_id(ID, False), "inclusive", "false"),
    (StartCursor.from_publish_time(5), "from-publish-time", "5"),
]
STOPS = [
    (StopCursor.default_stop_cursor(), "at-message-id", "never"),
    (StopCursor.never(), "at-message-id", "never"),
    (StopCursor.latest(), "at-message-id", "latest"),
    (StopCursor.at_event_time(1), "at-event-time", "1"),
    (StopCursor.after_event_time(2), "after-event-time", "2"),
    (StopCursor.at_publish_time(3), "at-publish-time", "3"),
    (StopCursor.after_publish_time(4), "after-publish-time", "4"),
    (StopCursor.at_message_id(ID), "at-message-id", "0x08051007"),
    (StopCursor.after_message_id(ID), "after-message-id", "0x08051007"),
]


@pytest.mark.parametrize(("cursor", "option", "value"), STARTS)
def test_starts(cursor: StartCursor, option: str, value: str) -> None:
    built = source().set_start_cursor(StartCursor.latest()).set_start_cursor(cursor).build()
    assert built._options[f"source.start.{option}"] == value
    planned(built, sink().build())


@pytest.mark.parametrize(("cursor", "option", "value"), STOPS)
def test_stops(cursor: StopCursor, option: str, value: str) -> None:
    first = StopCursor.at_event_time(9)
    bounded = source().set_bounded_stop_cursor(first).set_bounded_stop_cursor(cursor).build()
    assert bounded._options[f"source.stop.{option}"] == value
    assert "source.stop.streaming" not in bounded._options
    streaming = source().set_unbounded_stop_cursor(cursor).build()
    assert streaming._options["source.stop.streaming"] == "true"
    planned(bounded, sink().build())
    planned(streaming, sink().build())


def test_all_settings() -> None:
    option: Any = ConfigOptions.key("pulsar.source.enableMetrics").boolean_type().no_default_value()
    read = (
        source()
        .set_consumer_name("c")
        .set_range_generator(RangeGenerator.full())
        .set_range_generator(RangeGenerator.fixed_key(True, ["a"], b"b", b"c"))
        .set_authentication("AuthenticationToken", {"token": "t"})
        .set_config("pulsar.consumer.receiverQueueSize", 10)
        .set_config(option, True)
        .set_config_with_dict({"pulsar.source.resetSubscriptionCursor": True})
        .set_properties({"pulsar.source.partitionDiscoveryIntervalMs": 100})
        .build()
    )
    assert read._options["pulsar.source.enableMetrics"] == "true"
    for mode in (TopicRoutingMode.ROUND_ROBIN, TopicRoutingMode.MESSAGE_KEY_HASH):
        for guarantee in DeliveryGuarantee:
            write = (
                sink()
                .set_producer_name("p")
                .set_topic_routing_mode(mode)
                .set_delivery_guarantee(guarantee)
                .delay_sending_message(MessageDelayer.never())
                .delay_sending_message(MessageDelayer.fixed(Duration.of_seconds(3)))
                .set_authentication("AuthenticationBasic", '{"userId": "u", "password": "p"}')
                .set_config("pulsar.producer.batchingMaxMessages", 10)
                .set_properties({"pulsar.producer.compressionType": "LZ4"})
                .build()
            )
            assert write._options["sink.message-delay-interval"] == "3000 ms"
            planned(read, write)


def test_wrong_use() -> None:
    pattern = source().set_topic_pattern("x")
    with pytest.raises(ValueError, match=r"one of set_topics\(\) and set_topic_pattern\(\)"):
        pattern.build()
    builder = PulsarSource.builder().set_service_url("pulsar://x").set_topics("a")
    with pytest.raises(ValueError, match=r"set_subscription_name\(\) is needed"):
        builder.build()
    with pytest.raises(ValueError, match="a custom topic router is a Java class"):
        sink().set_topic_routing_mode(TopicRoutingMode.CUSTOM)
    with pytest.raises(TypeError, match="serialize"):
        StartCursor.from_message_id("x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="milliseconds"):
        StopCursor.at_event_time("x")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="a Java class, which cannot be run"):
        planned(source().build(), sink().set_topic_router("x.Y").build())
    with pytest.raises(Exception, match=r"did you mean 'pulsar.producer.compressionType'"):
        planned(source().build(), sink().set_config("pulsar.producer.compressionTyp", 1).build())
