"""Sources and sinks."""

from __future__ import annotations

from typing import Any

from headrace.datastream.connectors.base import DeliveryGuarantee, Sink, Source

__all__ = ["DeliveryGuarantee", "Sink", "Source"]


def __getattr__(name: str) -> Any:
    """The old Kafka classes, which old programs import from here."""
    if name in ("FlinkKafkaConsumer", "FlinkKafkaProducer"):
        from headrace.datastream.connectors import kafka

        return getattr(kafka, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
