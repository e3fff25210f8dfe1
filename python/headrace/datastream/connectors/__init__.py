"""Sources and sinks.

The classes of the connectors can be imported from here as well, as old programs do; they are
loaded when they are used.
"""

from __future__ import annotations

from typing import Any

from headrace._lazy import exports
from headrace.datastream.connectors.base import DeliveryGuarantee, Sink, Source

__all__ = ["DeliveryGuarantee", "Sink", "Source"]

_load = exports(
    __name__,
    {
        f"{__name__}.number_seq": ["NumberSequenceSource"],
        f"{__name__}.jdbc": ["JdbcConnectionOptions", "JdbcExecutionOptions", "JdbcSink"],
        f"{__name__}.kafka": [
            "FlinkKafkaConsumer",
            "FlinkKafkaProducer",
            "KafkaSource",
            "Semantic",
        ],
        f"{__name__}.dynamic_kafka": [
            "DynamicKafkaSource",
            "DynamicKafkaSourceBuilder",
            "KafkaMetadataService",
            "KafkaRecordDeserializationSchema",
            "KafkaStreamSetSubscriber",
            "KafkaStreamSubscriber",
            "SingleClusterTopicMetadataService",
            "StreamPatternSubscriber",
        ],
        f"{__name__}.pulsar": ["PulsarSource", "PulsarSourceBuilder", "StartCursor", "StopCursor"],
        f"{__name__}.rabbitmq": ["RMQConnectionConfig", "RMQSink", "RMQSource"],
        f"{__name__}.file_system": [
            "BucketAssigner",
            "FileEnumeratorProvider",
            "FileSink",
            "FileSource",
            "FileSourceBuilder",
            "FileSplitAssignerProvider",
            "OutputFileConfig",
            "RollingPolicy",
            "StreamFormat",
            "StreamingFileSink",
        ],
    },
)


def __getattr__(name: str) -> Any:
    return _load(name)
