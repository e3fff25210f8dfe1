"""INSERTs that become one job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.table import _plans
from headrace.table import _rels as rels
from headrace.table._rels import Json
from headrace.table.compiled_plan import CompiledPlan
from headrace.table.explain_detail import names as detail_names
from headrace.table.table_result import TableResult

if TYPE_CHECKING:
    from headrace.table.table import Table
    from headrace.table.table_descriptor import TableDescriptor
    from headrace.table.table_environment import TableEnvironment
    from headrace.table.table_pipeline import TablePipeline

__all__ = ["StatementSet"]


class StatementSet:
    """INSERTs that share what they read; TableEnvironment.create_statement_set() makes it."""

    def __init__(self, t_env: TableEnvironment) -> None:
        self._t_env = t_env
        self._inserts: list[Json] = []

    def add(self, table_pipeline: TablePipeline) -> StatementSet:
        """Adds what Table.insert_into() made."""
        self._inserts.append(table_pipeline._insert)
        return self

    def add_insert_sql(self, stmt: str) -> StatementSet:
        """Adds an INSERT statement."""
        self._inserts.append({"sql": stmt})
        return self

    def add_insert(
        self,
        target_path_or_descriptor: str | TableDescriptor,
        table: Table,
        overwrite: bool = False,
    ) -> StatementSet:
        """Adds the rows of a table, into a table by name or described."""
        self._inserts.append(rels.insert(table._rel, target_path_or_descriptor, overwrite))
        return self

    def attach_as_datastream(self) -> None:
        """Makes the INSERTs part of the stream environment's next job, and empties the set.

        >>> statements.attach_as_datastream()
        >>> env.execute()  # what was attached, and the environment's own sinks
        """
        self._t_env._attach(self._inserts)
        self._inserts = []

    def explain(self, *extra_details: int) -> str:
        """How the INSERTs run together."""
        return self._t_env._explain_inserts(self._inserts, detail_names(extra_details))

    def print_explain(self, *extra_details: int) -> None:
        """Prints what explain() gives."""
        print(self.explain(*extra_details))

    def execute(self) -> TableResult:
        """Starts one job of all INSERTs and empties the set."""
        inserts, self._inserts = self._inserts, []
        return self._t_env._insert(inserts)

    def compile_plan(self) -> CompiledPlan:
        """The plan of all INSERTs, to be kept and executed later."""
        return CompiledPlan(_plans.of_inserts(self._inserts, self._t_env), self._t_env)
