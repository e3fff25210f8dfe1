"""Rows into a database.

>>> options = JdbcConnectionOptions.JdbcConnectionOptionsBuilder().with_url("jdbc:x").build()
>>> options.get_db_url()
'jdbc:x'
"""

from __future__ import annotations

from headrace.common.typeinfo import RowTypeInfo
from headrace.datastream.functions import SinkFunction

__all__ = ["JdbcConnectionOptions", "JdbcExecutionOptions", "JdbcSink"]


class JdbcSink(SinkFunction):
    """Runs a statement for each Row, its fields as the parameters."""

    @staticmethod
    def sink(
        sql: str,
        type_info: RowTypeInfo,
        jdbc_connection_options: JdbcConnectionOptions,
        jdbc_execution_options: JdbcExecutionOptions | None = None,
    ) -> JdbcSink:
        """A sink of a statement such as "INSERT INTO t VALUES (?, ?)"."""
        if not isinstance(type_info, RowTypeInfo):
            raise TypeError(f"type_info must be Types.ROW([...]), not {type_info!r}")
        execution = jdbc_execution_options or JdbcExecutionOptions.defaults()
        types = ",".join(child._kind for child in type_info.get_field_types())
        options = {"sink.sql": sql, "sink.types": types}
        options |= jdbc_connection_options._options | execution._options
        return JdbcSink("jdbc", options)


class JdbcConnectionOptions:
    """How to reach a database."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options

    def get_db_url(self) -> str:
        """The address."""
        return self._options["url"]

    def get_driver_name(self) -> str | None:
        """The driver."""
        return self._options.get("driver")

    def get_user_name(self) -> str | None:
        """The user."""
        return self._options.get("username")

    def get_password(self) -> str | None:
        """The password."""
        return self._options.get("password")

    class JdbcConnectionOptionsBuilder:
        """Builds JdbcConnectionOptions."""

        def __init__(self) -> None:
            self._options: dict[str, str] = {}

        def _set(self, key: str, value: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            self._options[key] = value
            return self

        def with_url(self, url: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The address."""
            return self._set("url", url)

        def with_driver_name(
            self, driver_name: str
        ) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The driver."""
            return self._set("driver", driver_name)

        def with_user_name(
            self, user_name: str
        ) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The user."""
            return self._set("username", user_name)

        def with_password(
            self, password: str
        ) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The password."""
            return self._set("password", password)

        def build(self) -> JdbcConnectionOptions:
            """The options."""
            if "url" not in self._options:
                raise ValueError("with_url() is needed before build()")
            return JdbcConnectionOptions(dict(self._options))


class JdbcExecutionOptions:
    """How many Rows are written at a time."""

    def __init__(self, batch_interval_ms: int, batch_size: int, max_retries: int) -> None:
        self._interval_ms, self._size, self._retries = batch_interval_ms, batch_size, max_retries

    @property
    def _options(self) -> dict[str, str]:
        return {
            "sink.buffer-flush.max-rows": str(self._size),
            "sink.buffer-flush.interval": f"{self._interval_ms} ms",
            "sink.max-retries": str(self._retries),
        }

    def get_batch_interval_ms(self) -> int:
        """Milliseconds between writes."""
        return self._interval_ms

    def get_batch_size(self) -> int:
        """Rows a write."""
        return self._size

    def get_max_retries(self) -> int:
        """How often a write is tried again."""
        return self._retries

    @staticmethod
    def defaults() -> JdbcExecutionOptions:
        """5000 Rows, no interval, three retries."""
        return JdbcExecutionOptions(0, 5000, 3)

    @staticmethod
    def builder() -> JdbcExecutionOptions.Builder:
        """Starts with the defaults."""
        return JdbcExecutionOptions.Builder()

    class Builder:
        """Builds JdbcExecutionOptions."""

        def __init__(self) -> None:
            self._made = JdbcExecutionOptions.defaults()

        def with_batch_size(self, size: int) -> JdbcExecutionOptions.Builder:
            """Rows a write."""
            self._made._size = size
            return self

        def with_batch_interval_ms(self, interval_ms: int) -> JdbcExecutionOptions.Builder:
            """Milliseconds between writes."""
            self._made._interval_ms = interval_ms
            return self

        def with_max_retries(self, max_retries: int) -> JdbcExecutionOptions.Builder:
            """How often a write is tried again."""
            self._made._retries = max_retries
            return self

        def build(self) -> JdbcExecutionOptions:
            """The options."""
            return self._made
