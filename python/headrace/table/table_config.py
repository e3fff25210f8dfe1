"""The configuration of a table environment."""

from __future__ import annotations

import datetime
import re
import zoneinfo

from headrace.common.configuration import Configuration
from headrace.common.time import parse_duration_ms
from headrace.table.sql_dialect import SqlDialect
from headrace.util.exceptions import ValidationException

__all__ = ["TableConfig"]

_OFFSET = re.compile(r"(GMT|UTC|UT)?[+-]\d{1,2}(:?\d\d)?|Z|UTC|GMT|default")
_ZONE = "table.local-time-zone"
_TTL = "table.exec.state.ttl"
_CODE = "table.generated-code.max-length"
_DIALECT = "table.sql-dialect"
_PYTHON = "python.executable"


class TableConfig:
    """Settings under Flink's keys; SET in SQL changes the same.

    >>> config = TableConfig.get_default()
    >>> config.set("parallelism.default", "2").get("parallelism.default", "1")
    '2'
    """

    def __init__(self, j_table_config: Configuration | None = None) -> None:
        self._conf = Configuration() if j_table_config is None else j_table_config

    def get(self, key: str, default_value: str) -> str:
        """A setting, or the default where it is not set."""
        return self._conf.get_string(key, default_value)

    def set(self, key: str, value: str) -> TableConfig:
        """Changes a setting."""
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"set() takes a key and a value as texts, not {key!r}, {value!r}")
        self._conf.set_string(key, value)
        return self

    def get_local_timezone(self) -> str:
        """The session's time zone."""
        zone = self.get(_ZONE, "default")
        return zone if zone != "default" else _system_zone()

    def set_local_timezone(self, timezone_id: str) -> None:
        """Sets the session's time zone: "Europe/Berlin", "GMT-08:00"."""
        if not _OFFSET.fullmatch(timezone_id) and timezone_id not in zoneinfo.available_timezones():
            raise ValidationException(
                f"there is no time zone '{timezone_id}': write a name like 'Europe/Berlin' or an "
                "offset like 'GMT-08:00'"
            )
        self.set(_ZONE, timezone_id)

    def get_max_generated_code_length(self) -> int:
        """Kept for export to a Flink cluster; has no effect here."""
        return int(self.get(_CODE, "4000"))

    def set_max_generated_code_length(self, max_generated_code_length: int) -> None:
        """Kept for export to a Flink cluster; has no effect here."""
        self.set(_CODE, str(max_generated_code_length))

    def set_idle_state_retention(self, duration: datetime.timedelta) -> None:
        """Says how long state that is not touched is kept; 0 is for ever."""
        self.set(_TTL, f"{duration // datetime.timedelta(milliseconds=1)} ms")

    def get_idle_state_retention(self) -> datetime.timedelta:
        """How long state that is not touched is kept; 0 is for ever."""
        return datetime.timedelta(milliseconds=parse_duration_ms(self.get(_TTL, "0 ms")))

    def get_configuration(self) -> Configuration:
        """The settings; changing them changes the environment's."""
        return self._conf

    def add_configuration(self, configuration: Configuration) -> None:
        """Takes over all settings of a configuration."""
        self._conf.add_all(configuration)

    def to_map(self) -> dict[str, str]:
        """All that is set."""
        return self._conf.to_dict()

    def get_sql_dialect(self) -> int:
        """The dialect of SQL."""
        hive = self.get(_DIALECT, "default").lower() == "hive"
        return SqlDialect.HIVE if hive else SqlDialect.DEFAULT

    def set_sql_dialect(self, sql_dialect: int) -> None:
        """Sets the dialect of SQL; there is only the default one."""
        if sql_dialect != SqlDialect.DEFAULT:
            raise ValueError("the engine speaks Flink's SQL: SqlDialect.DEFAULT")
        self.set(_DIALECT, "default")

    def set_python_executable(self, python_exec: str) -> None:
        """Says which Python runs worker processes."""
        self.set(_PYTHON, python_exec)

    def get_python_executable(self) -> str:
        """Which Python runs worker processes."""
        return self.get(_PYTHON, "python")

    @staticmethod
    def get_default() -> TableConfig:
        """Settings of which none is set."""
        return TableConfig()


def _system_zone() -> str:
    import os

    return os.environ.get("TZ") or "UTC"
