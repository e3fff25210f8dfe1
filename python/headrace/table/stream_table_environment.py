"""A table environment beside a stream environment: tables of streams, streams of tables."""

from __future__ import annotations

from typing import Any

from headrace.common.configuration import Configuration
from headrace.common.typeinfo import TypeInformation
from headrace.datastream._stream import DataStream
from headrace.datastream.stream_execution_environment import StreamExecutionEnvironment
from headrace.table import _streams
from headrace.table._rels import Json
from headrace.table.changelog_mode import ChangelogMode
from headrace.table.environment_settings import EnvironmentSettings
from headrace.table.schema import Schema
from headrace.table.table import Table
from headrace.table.table_environment import TableEnvironment
from headrace.table.types import RowType

_MODE = "execution.runtime-mode"


class StreamTableEnvironment(TableEnvironment):
    """A table environment that shares the configuration and jobs of a stream environment.

    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> t_env = StreamTableEnvironment.create(env)
    """

    def __init__(self, env: StreamExecutionEnvironment, conf: Configuration) -> None:
        env._conf.add_all(conf)
        super().__init__(env._conf, env._session)
        self._env = env
        self._streams = _streams.Streams(env)

    @staticmethod
    def create(  # type: ignore[override]
        stream_execution_environment: StreamExecutionEnvironment | None = None,
        environment_settings: EnvironmentSettings | None = None,
    ) -> StreamTableEnvironment:
        """A table environment beside a stream environment, or beside a new one."""
        env = stream_execution_environment
        if env is None:
            env = StreamExecutionEnvironment.get_execution_environment()
        settings = Configuration()
        if environment_settings is not None:
            settings = environment_settings.get_configuration()
        elif not env._conf.contains_key(_MODE):
            settings.set_string(_MODE, "STREAMING")
        return StreamTableEnvironment(env, settings)

    # ------------------------------------------------------------ streams as tables

    def from_data_stream(self, data_stream: DataStream[Any], *fields_or_schema: Any) -> Table:
        """A table of a stream's elements, which are insertions.

        The columns are the fields of a ROW or TUPLE, else one named f0; fields choose or rename
        them, a Schema adds computed columns and time attributes.
        """
        if len(fields_or_schema) == 1 and isinstance(fields_or_schema[0], Schema):
            return Table(self._streams.scan(data_stream, fields_or_schema[0], None), self)
        rel = self._streams.scan(data_stream, None, None)
        if fields_or_schema:
            rel = _streams.fields_rel(rel, data_stream._element_type(), fields_or_schema)
        return Table(rel, self)

    def from_changelog_stream(
        self,
        data_stream: DataStream[Any],
        schema: Schema | None = None,
        changelog_mode: ChangelogMode | None = None,
    ) -> Table:
        """A table of a stream of Rows whose kinds say what they change."""
        mode = changelog_mode or ChangelogMode.all()
        return Table(self._streams.scan(data_stream, schema, mode), self)

    def create_temporary_view(
        self, view_path: str, table_or_data_stream: Any, *fields_or_schema: Any
    ) -> None:
        """Gives a table or a stream a name that SQL can use."""
        if isinstance(table_or_data_stream, DataStream):
            table = self.from_data_stream(table_or_data_stream, *fields_or_schema)
        else:
            table = table_or_data_stream
        super().create_temporary_view(view_path, table)

    # ------------------------------------------------------------ tables as streams

    def to_data_stream(self, table: Table) -> DataStream[Any]:
        """A stream of a table's rows; the table must only insert."""
        return self._stream(table, "", None)

    def to_changelog_stream(
        self,
        table: Table,
        target_schema: Schema | None = None,
        changelog_mode: ChangelogMode | None = None,
    ) -> DataStream[Any]:
        """A stream of a table's changes: Rows with their kinds."""
        mode = "upsert" if changelog_mode == ChangelogMode.upsert() else "all"
        return self._stream(table, mode, target_schema)

    def to_append_stream(self, table: Table, type_info: TypeInformation) -> DataStream[Any]:
        """A stream of a table's rows as elements of a type; the table must only insert."""
        return self.to_data_stream(self._typed(table, type_info))

    def to_retract_stream(self, table: Table, type_info: TypeInformation) -> DataStream[Any]:
        """A stream of (True, row) for rows added and (False, row) for rows taken back."""
        changes = self.to_changelog_stream(self._typed(table, type_info))
        output = _streams.retract_type(changes._element_type())
        return changes.map(_with_flag, output_type=output)

    def _typed(self, table: Table, type_info: TypeInformation) -> Table:
        target = _streams.given_row_type(type_info)
        names = table._row_type().field_names()
        for field, name in zip(target.fields, names, strict=False):
            field.name = name
        return Table(_streams.cast_rel(table, target), self)

    def _stream(self, table: Table, mode: str, schema: Schema | None) -> DataStream[Any]:
        if not isinstance(table, Table):
            raise TypeError(f"a Table is needed, not {table!r}")
        self._engine.sync()
        if schema is not None and schema._to_json().get("columns"):
            table = self._in_schema(table, schema)
        return self._streams.to_stream(table, mode, schema)

    def _in_schema(self, table: Table, schema: Schema) -> Table:
        from headrace.table._sqltype import parse
        from headrace.table.types import RowField

        columns = [c for c in schema._to_json()["columns"] if "type" in c]
        target = RowType([RowField(c["name"], parse(c["type"])) for c in columns])
        return Table(_streams.cast_rel(table, target), self)

    def _attach(self, inserts: list[Json]) -> None:
        if not inserts:
            return
        self._engine.sync()
        self._explain_inserts(inserts, [])  # what cannot be planned is refused here, not later
        self._streams.attach(inserts)

    # ------------------------------------------------------------ requests of tables

    def _program(self, rels: list[Any]) -> Json | None:
        return self._streams.program(rels)


def _with_flag(row: Any) -> tuple[bool, Any]:
    return row.get_row_kind().value in (0, 2), row


__all__ = ["StreamTableEnvironment"]
