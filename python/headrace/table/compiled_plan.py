"""Plans that can be kept and executed later."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headrace.table import _plans
from headrace.table.explain_detail import names as detail_names
from headrace.table.table_result import TableResult

if TYPE_CHECKING:
    from headrace.table.table_environment import TableEnvironment

__all__ = ["CompiledPlan"]


class CompiledPlan:
    """INSERTs as JSON text, bound anew when they are executed."""

    def __init__(self, text: str, t_env: TableEnvironment) -> None:
        self._text = text
        self._t_env = t_env

    def __str__(self) -> str:
        return self._text

    def as_json_string(self) -> str:
        """The plan."""
        return self._text

    def as_smile_bytes(self) -> bytes:
        """The plan in bytes: JSON in UTF-8, which from_smile_bytes() reads."""
        return self._text.encode()

    def write_to_file(self, file: str | os.PathLike[str], ignore_if_exists: bool = False) -> None:
        """Writes the plan into a new file."""
        if os.path.exists(file):
            if ignore_if_exists:
                return
            raise FileExistsError(f"plan file '{file}' exists already")
        with open(file, "w", encoding="utf-8") as out:
            out.write(self._text)

    def get_flink_version(self) -> str:
        """The version of Flink whose plans these stand in for."""
        return "2.3"

    def print_json_string(self) -> None:
        """Prints the plan."""
        print(self._text)

    def execute(self) -> TableResult:
        """Starts the job."""
        return self._t_env._insert(_plans.inserts(self._text))

    def explain(self, *extra_details: int) -> str:
        """How it runs."""
        plan = _plans.inserts(self._text)
        return self._t_env._explain_inserts(plan, detail_names(extra_details))

    def print_explain(self, *extra_details: int) -> None:
        """Prints what explain() gives."""
        print(self.explain(*extra_details))
