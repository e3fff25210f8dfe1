"""Settings for formats that Flink reads through Hadoop."""

from __future__ import annotations

from headrace.common.configuration import Configuration

__all__ = ["create_hadoop_configuration"]


def create_hadoop_configuration(config: Configuration) -> dict[str, str]:
    """The settings as a dict; there is no Hadoop here."""
    return config.to_dict()
