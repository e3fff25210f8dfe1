"""SQL and the Table API."""

from __future__ import annotations

from headrace.table.environment_settings import EnvironmentSettings
from headrace.table.stream_table_environment import StreamTableEnvironment
from headrace.table.table_environment import TableEnvironment
from headrace.table.types import DataTypes

__all__ = ["DataTypes", "EnvironmentSettings", "StreamTableEnvironment", "TableEnvironment"]
