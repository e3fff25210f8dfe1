"""Where a program of SQL and the Table API begins and is run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from headrace.common.configuration import Configuration
from headrace.datastream import _python_files
from headrace.table import _elements, _plans
from headrace.table._catalog_methods import CatalogMethods
from headrace.table._engine import Engine
from headrace.table._rels import Json, path
from headrace.table.catalog import ObjectIdentifier
from headrace.table.compiled_plan import CompiledPlan
from headrace.table.environment_settings import EnvironmentSettings
from headrace.table.explain_detail import names as detail_names
from headrace.table.plan_reference import PlanReference
from headrace.table.statement_set import StatementSet
from headrace.table.table import Table
from headrace.table.table_config import TableConfig
from headrace.table.table_descriptor import TableDescriptor
from headrace.table.table_result import TableResult
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    import pandas as pd

    from headrace._core import Session

__all__ = ["StreamTableEnvironment", "TableEnvironment"]  # noqa: F822


class TableEnvironment(CatalogMethods):
    """A catalog, a configuration, and the tables and statements over them.

    >>> t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    >>> with t_env.from_elements([(1, "a")], ["n", "s"]).execute().collect() as rows:
    ...     list(rows)
    [<Row(1, 'a')>]
    """

    def __init__(
        self, configuration: Configuration, session: Callable[[], Session] | None = None
    ) -> None:
        super().__init__()
        self._conf = configuration
        self._engine = Engine(configuration, session)
        self._views = itertools.count(1)

    @staticmethod
    def create(environment_settings: EnvironmentSettings | Configuration) -> TableEnvironment:
        """An environment of these settings."""
        if isinstance(environment_settings, Configuration):
            builder = EnvironmentSettings.new_instance()
            environment_settings = builder.with_configuration(environment_settings).build()
        if not isinstance(environment_settings, EnvironmentSettings):
            raise TypeError(
                "create() takes settings, as in EnvironmentSettings.in_streaming_mode(), "
                f"not {environment_settings!r}"
            )
        return TableEnvironment(environment_settings.get_configuration())

    def get_config(self) -> TableConfig:
        """The configuration; changes count from the next statement on."""
        return TableConfig(self._conf)

    def close(self) -> None:
        """Cancels the environment's jobs."""
        self._engine.close()

    # ------------------------------------------------------------ SQL

    def execute_sql(self, stmt: str) -> TableResult:
        """Runs a statement. Of INSERT it returns when the job has started."""
        self._prepare()
        result = TableResult(self._engine, self._engine.execute_sql(stmt))
        if self._conf.get_boolean("table.dml-sync", False) and not result._handle:
            result.wait()
        return result

    def sql_query(self, query: str) -> Table:
        """The table of a query; its names must be known now."""
        table = Table({"sql": {"text": query}}, self)
        table._schema_answer()
        return table

    def explain_sql(self, stmt: str, *extra_details: int) -> str:
        """How a statement runs."""
        request = {"explain": {"text": stmt, "details": detail_names(extra_details)}}
        return str(self._engine.call(request)["text"])

    def create_statement_set(self) -> StatementSet:
        """A set of INSERTs that become one job."""
        return StatementSet(self)

    # ------------------------------------------------------------ tables

    def from_path(self, path: str) -> Table:
        """A table or view by name; its parts are separated by dots, quoted by back ticks."""
        return self._scan(path)

    def _scan(self, name: str) -> Table:
        table = Table({"scan": {"path": path(name)}}, self)
        table._schema_answer()
        return table

    def from_descriptor(self, descriptor: TableDescriptor) -> Table:
        """A table that has no name."""
        return Table({"scan": {"descriptor": descriptor._to_json()}}, self)

    def from_elements(
        self, elements: Iterable[Any], schema: Any = None, verify_schema: bool = True
    ) -> Table:
        """A table of Python rows. The schema is a row type, a list of names, or inferred."""
        session = self._engine.session()
        return Table(_elements.elements_rel(session, elements, schema, verify_schema), self)

    def from_pandas(self, pdf: pd.DataFrame, schema: Any = None, splits_num: int = 1) -> Table:
        """A table of a data frame. The schema is a row type, a list of names or types, or the
        frame's own. splits_num is accepted: the engine splits rows by batches."""
        if splits_num < 1:
            raise ValueError("splits_num is a number above zero")
        zone = self._conf.get_string("table.local-time-zone", "UTC").replace("default", "UTC")
        return Table(_elements.frame_rel(self._engine.session(), pdf, schema, zone), self)

    def from_arrow(self, data: Any, schema: Any = None) -> Table:
        """A table over Arrow data without a copy: pyarrow tables, batches and readers, polars
        frames, whatever has __arrow_c_stream__."""
        return Table(_elements.arrow_rel(self._engine.session(), data, schema), self)

    def create_temporary_view(
        self, view_path: str, table_or_data_stream: Any, *fields_or_schema: Any
    ) -> None:
        """Gives a table a name that SQL can use."""
        if not isinstance(table_or_data_stream, Table):
            raise TypeError(f"create_temporary_view() takes a Table, not {table_or_data_stream!r}")
        self._table_request("create_view", table_or_data_stream, name=view_path)

    def create_view(self, view_path: str, table: Table, ignore_if_exists: bool = False) -> None:
        """Gives a table a name that SQL can use, in a catalog that outlives the process too."""
        if ignore_if_exists and path(view_path)[-1] in self.list_views():
            return
        if not isinstance(table, Table):
            raise TypeError(f"create_view() takes a Table, not {table!r}")
        self._table_request("create_permanent_view", table, name=view_path)

    # ------------------------------------------------------------ requests of tables

    def _prepare(self) -> None:
        """Before each job: files of the program become importable."""
        _python_files.make_importable(self._conf)

    def _table_request(self, verb: str, table: Table, **fields: Any) -> Json:
        if verb == "execute":
            self._prepare()
        program = self._program([table._rel])
        return self._engine.table(verb, rel=table._rel, program=program, **fields)

    def _program(self, rels: list[Any]) -> Json | None:
        """The program of the streams that the relations read."""
        return None

    def _insert(self, inserts: list[Json]) -> TableResult:
        self._prepare()
        program = self._program(inserts)
        result = TableResult(self._engine, self._engine.table("insert", inserts=inserts,
                                                              program=program))
        if self._conf.get_boolean("table.dml-sync", False):
            result.wait()
        return result

    def _explain_inserts(self, inserts: list[Json], details: list[str]) -> str:
        program = self._program(inserts)
        reply = self._engine.table("explain", inserts=inserts, details=details, program=program)
        return str(reply["text"])

    def _name_of(self, table: Table) -> str:
        """A view's name for a table that SQL text refers to."""
        name = f"UnnamedTable${next(self._views)}"
        self.create_temporary_view(f"`{name}`", table)
        return f"`{name}`"

    def _identifier(self, names: list[str]) -> ObjectIdentifier:
        """A name with its catalog and database."""
        full = [self.get_current_catalog(), self.get_current_database(), *names][-3:]
        if len(names) == 3:
            full = names
        return ObjectIdentifier.of(*full)

    # ------------------------------------------------------------ files of the program

    def add_python_file(self, file_path: str) -> None:
        """Makes a module, package directory or zip file importable in the functions."""
        _python_files.append(self._conf, "python.files", file_path)

    def set_python_requirements(
        self, requirements_file_path: str, requirements_cache_dir: str | None = None
    ) -> None:
        """Names the packages that the functions need."""
        cache = f"#{requirements_cache_dir}" if requirements_cache_dir else ""
        self._conf.set_string("python.requirements", requirements_file_path + cache)

    def add_python_archive(self, archive_path: str, target_dir: str | None = None) -> None:
        """Unpacks an archive beside the functions."""
        target = f"#{target_dir}" if target_dir else ""
        _python_files.append(self._conf, "python.archives", archive_path + target)

    # ------------------------------------------------------------ kept plans

    def compile_plan_sql(self, stmt: str) -> CompiledPlan:
        """The plan of an INSERT, to be kept and executed later."""
        return CompiledPlan(_plans.of_inserts([{"sql": stmt}], self), self)

    def load_plan(self, plan_reference: PlanReference) -> CompiledPlan:
        """A kept plan."""
        text = plan_reference._text()
        _plans.inserts(text)
        return CompiledPlan(text, self)

    def execute_plan(self, plan_reference: PlanReference) -> TableResult:
        """Starts the job of a kept plan."""
        return self.load_plan(plan_reference).execute()

    def _attach(self, inserts: list[Json]) -> None:
        raise ApiError(
            "only a StreamTableEnvironment has a DataStream job that INSERTs can be part of: call "
            "execute() on the statement set"
        )


def __getattr__(name: str) -> Any:
    """StreamTableEnvironment is found here too; its module builds on this one."""
    if name == "StreamTableEnvironment":
        from headrace.table.stream_table_environment import StreamTableEnvironment

        return StreamTableEnvironment
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
