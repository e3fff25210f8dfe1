"""Kinesis streams."""

from __future__ import annotations

from headrace.common.serialization import DeserializationSchema, SerializationSchema
from headrace.common.time import Duration
from headrace.common.watermark_strategy import (
    AssignerWithPeriodicWatermarksWrapper,
    WatermarkStrategy,
)
from headrace.datastream.connectors._schemas import format_options
from headrace.datastream.connectors.base import Sink
from headrace.datastream.functions import SourceFunction

__all__ = [
    "FlinkKinesisConsumer",
    "KinesisDeserializationSchema",
    "KinesisFirehoseSink",
    "KinesisFirehoseSinkBuilder",
    "KinesisShardAssigner",
    "KinesisStreamsSink",
    "KinesisStreamsSinkBuilder",
    "PartitionKeyGenerator",
    "WatermarkTracker",
]


class KinesisShardAssigner:
    """Which subtask reads which shard."""

    def __init__(self, name: str) -> None:
        self._name = name

    @staticmethod
    def default_shard_assigner() -> KinesisShardAssigner:
        """By the shard's hash."""
        return KinesisShardAssigner("default")

    @staticmethod
    def uniform_shard_assigner() -> KinesisShardAssigner:
        """The same number for each."""
        return KinesisShardAssigner("uniform")


class KinesisDeserializationSchema(DeserializationSchema):
    """How a message becomes an element."""


class WatermarkTracker:
    """Keeps shards at the same event time."""

    def __init__(self, aggregate_name: str) -> None:
        self._aggregate_name = aggregate_name

    @staticmethod
    def job_manager_watermark_tracker(
        aggregate_name: str, log_accumulator_interval_millis: int = -1
    ) -> WatermarkTracker:
        """Over all sources of the job whose tracker has the name."""
        return WatermarkTracker(aggregate_name)


class PartitionKeyGenerator:
    """Which shard an element goes to."""

    def __init__(self, name: str) -> None:
        self._name = name

    @staticmethod
    def fixed() -> PartitionKeyGenerator:
        """One shard a subtask."""
        return PartitionKeyGenerator("fixed")

    @staticmethod
    def random() -> PartitionKeyGenerator:
        """Any shard."""
        return PartitionKeyGenerator("random")


class FlinkKinesisConsumer(SourceFunction):
    """Reads streams."""

    def __init__(
        self,
        streams: str | list[str],
        deserializer: DeserializationSchema | KinesisDeserializationSchema,
        config_props: dict[str, str],
    ) -> None:
        names = [streams] if isinstance(streams, str) else list(streams)
        options = {"stream": ";".join(names), **format_options(deserializer)}
        options |= {key: str(value) for key, value in config_props.items()}
        super().__init__("kinesis", options)
        self._type_info = deserializer._type_info
        self._assigner: WatermarkStrategy | None = None
        self._tracker: WatermarkTracker | None = None

    @property
    def _watermarks(self) -> WatermarkStrategy | None:
        """The strategy with what the properties say about it."""
        strategy = self._assigner
        if strategy is None:
            return None
        idle = self._millis("flink.shard.idle.interval", -1)
        if idle > 0:
            strategy = strategy.with_idleness(Duration.of_millis(idle))
        if self._tracker is not None:
            interval = self._millis("flink.watermark.sync.interval", 30_000)
            ahead = max(self._millis("flink.watermark.lookahead.millis", 0), 3 * interval)
            strategy = strategy.with_watermark_alignment(
                self._tracker._aggregate_name,
                Duration.of_millis(ahead),
                Duration.of_millis(interval),
            )
        return strategy

    def _millis(self, name: str, default: int) -> int:
        text = self._options.get(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"'{name}' is a number of milliseconds, not '{text}'") from None

    def set_shard_assigner(self, shard_assigner: KinesisShardAssigner) -> FlinkKinesisConsumer:
        """Which subtask reads which shard."""
        self._options["scan.shard-assigner"] = shard_assigner._name
        return self

    def set_periodic_watermark_assigner(
        self, periodic_watermark_assigner: AssignerWithPeriodicWatermarksWrapper
    ) -> FlinkKinesisConsumer:
        """How watermarks are made, shard by shard."""
        self._assigner = periodic_watermark_assigner
        return self

    def set_watermark_tracker(self, watermark_tracker: WatermarkTracker) -> FlinkKinesisConsumer:
        """Keeps shards at the same event time; needs a watermark assigner."""
        self._tracker = watermark_tracker
        return self


class KinesisStreamsSink(Sink):
    """Writes to a stream.

    >>> from headrace.common import SimpleStringSchema
    >>> builder = KinesisStreamsSink.builder().set_stream_name("out")
    >>> sink = builder.set_serialization_schema(SimpleStringSchema()).build()
    """

    @staticmethod
    def builder() -> KinesisStreamsSinkBuilder:
        """Starts a sink."""
        return KinesisStreamsSinkBuilder()


class KinesisStreamsSinkBuilder:
    """Builds a KinesisStreamsSink."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {}

    def _set(self, option: str, value: object) -> KinesisStreamsSinkBuilder:
        self._options[option] = str(value)
        return self

    def set_stream_name(self, stream_name: str | list[str]) -> KinesisStreamsSinkBuilder:
        """The stream."""
        names = [stream_name] if isinstance(stream_name, str) else stream_name
        return self._set("stream", ";".join(names))

    def set_serialization_schema(
        self, serialization_schema: SerializationSchema
    ) -> KinesisStreamsSinkBuilder:
        """How elements become messages."""
        self._options.update(format_options(serialization_schema))
        return self

    def set_partition_key_generator(
        self, partition_key_generator: PartitionKeyGenerator
    ) -> KinesisStreamsSinkBuilder:
        """Which shard an element goes to."""
        return self._set("sink.partitioner", partition_key_generator._name)

    def set_fail_on_error(self, fail_on_error: bool) -> KinesisStreamsSinkBuilder:
        """Fails the job when a message cannot be written."""
        return self._set("sink.fail-on-error", str(fail_on_error).lower())

    def set_kinesis_client_properties(
        self, kinesis_client_properties: dict[str, str]
    ) -> KinesisStreamsSinkBuilder:
        """Properties of the client."""
        self._options.update({k: str(v) for k, v in kinesis_client_properties.items()})
        return self

    def set_max_batch_size(self, max_batch_size: int) -> KinesisStreamsSinkBuilder:
        """Messages a request."""
        return self._set("sink.batch.max-size", max_batch_size)

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> KinesisStreamsSinkBuilder:
        """Requests at a time."""
        return self._set("sink.requests.max-inflight", max_in_flight_requests)

    def set_max_buffered_requests(self, max_buffered_requests: int) -> KinesisStreamsSinkBuilder:
        """Messages that may wait."""
        return self._set("sink.requests.max-buffered", max_buffered_requests)

    def set_max_batch_size_in_bytes(
        self, max_batch_size_in_bytes: int
    ) -> KinesisStreamsSinkBuilder:
        """Bytes a request."""
        return self._set("sink.flush-buffer.size", max_batch_size_in_bytes)

    def set_max_time_in_buffer_ms(self, max_time_in_buffer_ms: int) -> KinesisStreamsSinkBuilder:
        """Milliseconds that a message waits."""
        return self._set("sink.flush-buffer.timeout", max_time_in_buffer_ms)

    def set_max_record_size_in_bytes(
        self, max_record_size_in_bytes: int
    ) -> KinesisStreamsSinkBuilder:
        """Bytes a message."""
        return self._set("sink.record.max-size", max_record_size_in_bytes)

    def build(self) -> KinesisStreamsSink:
        """The sink."""
        for option, setter in (
            ("stream", "set_stream_name"),
            ("format", "set_serialization_schema"),
        ):
            if option not in self._options:
                raise ValueError(f"{setter}() is needed before build()")
        return KinesisStreamsSink("kinesis", dict(self._options))


class KinesisFirehoseSink(Sink):
    """Writes to a delivery stream."""

    @staticmethod
    def builder() -> KinesisFirehoseSinkBuilder:
        """Starts a sink."""
        return KinesisFirehoseSinkBuilder()


class KinesisFirehoseSinkBuilder:
    """Builds a KinesisFirehoseSink."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {}

    def _set(self, option: str, value: object) -> KinesisFirehoseSinkBuilder:
        self._options[option] = str(value)
        return self

    def set_delivery_stream_name(self, delivery_stream_name: str) -> KinesisFirehoseSinkBuilder:
        """The delivery stream."""
        return self._set("delivery-stream", delivery_stream_name)

    def set_serialization_schema(
        self, serialization_schema: SerializationSchema
    ) -> KinesisFirehoseSinkBuilder:
        """How elements become messages."""
        self._options.update(format_options(serialization_schema))
        return self

    def set_fail_on_error(self, fail_on_error: bool) -> KinesisFirehoseSinkBuilder:
        """Fails the job when a message cannot be written."""
        return self._set("sink.fail-on-error", str(fail_on_error).lower())

    def set_firehose_client_properties(
        self, firehose_client_properties: dict[str, str]
    ) -> KinesisFirehoseSinkBuilder:
        """Properties of the client."""
        self._options.update({k: str(v) for k, v in firehose_client_properties.items()})
        return self

    def set_max_batch_size(self, max_batch_size: int) -> KinesisFirehoseSinkBuilder:
        """Messages a request."""
        return self._set("sink.batch.max-size", max_batch_size)

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> KinesisFirehoseSinkBuilder:
        """Requests at a time."""
        return self._set("sink.requests.max-inflight", max_in_flight_requests)

    def set_max_buffered_requests(self, max_buffered_requests: int) -> KinesisFirehoseSinkBuilder:
        """Messages that may wait."""
        return self._set("sink.requests.max-buffered", max_buffered_requests)

    def set_max_batch_size_in_bytes(
        self, max_batch_size_in_bytes: int
    ) -> KinesisFirehoseSinkBuilder:
        """Bytes a request."""
        return self._set("sink.flush-buffer.size", max_batch_size_in_bytes)

    def set_max_time_in_buffer_ms(self, max_time_in_buffer_ms: int) -> KinesisFirehoseSinkBuilder:
        """Milliseconds that a message waits."""
        return self._set("sink.flush-buffer.timeout", max_time_in_buffer_ms)

    def set_max_record_size_in_bytes(
        self, max_record_size_in_bytes: int
    ) -> KinesisFirehoseSinkBuilder:
        """Bytes a message."""
        return self._set("sink.record.max-size", max_record_size_in_bytes)

    def build(self) -> KinesisFirehoseSink:
        """The sink."""
        if not {"delivery-stream", "format"} <= set(self._options):
            raise ValueError(
                "set_delivery_stream_name() and set_serialization_schema() are needed before "
                "build()"
            )
        return KinesisFirehoseSink("firehose", dict(self._options))
