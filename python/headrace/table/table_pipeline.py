"""The whole way from sources into one sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.table import _plans
from headrace.table._rels import Json
from headrace.table.catalog import ObjectIdentifier
from headrace.table.compiled_plan import CompiledPlan
from headrace.table.explain_detail import names as detail_names
from headrace.table.table_result import TableResult

if TYPE_CHECKING:
    from headrace.table.table_environment import TableEnvironment

__all__ = ["TablePipeline"]


class TablePipeline:
    """What Table.insert_into() makes."""

    def __init__(self, insert: Json, t_env: TableEnvironment) -> None:
        self._insert = insert
        self._t_env = t_env

    def __str__(self) -> str:
        return f"INSERT INTO {'.'.join(self._insert.get('path', ['*anonymous*']))}"

    def execute(self) -> TableResult:
        """Starts the job."""
        return self._t_env._insert([self._insert])

    def explain(self, *extra_details: int) -> str:
        """How it runs."""
        return self._t_env._explain_inserts([self._insert], detail_names(extra_details))

    def print_explain(self, *extra_details: int) -> None:
        """Prints what explain() gives."""
        print(self.explain(*extra_details))

    def get_sink_identifier(self) -> ObjectIdentifier | None:
        """The sink's full name, None for a sink without one."""
        path = self._insert.get("path")
        return None if path is None else self._t_env._identifier(path)

    def compile_plan(self) -> CompiledPlan:
        """The plan, to be kept and executed later."""
        return CompiledPlan(_plans.of_inserts([self._insert], self._t_env), self._t_env)
