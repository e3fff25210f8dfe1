"""Tables and the operations on them. Nothing runs before execute()."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table import _ptf
from headrace.table import _rels as rels
from headrace.table._expr.base import json_of, make, select_json
from headrace.table._grouped import (
    AggregatedTable,
    FlatAggregateTable,
    GroupedTable,
    GroupWindowedTable,
    OverWindowedTable,
    WindowGroupedTable,
)
from headrace.table._rels import Json
from headrace.table._sqltype import parse
from headrace.table.catalog import ResolvedSchema
from headrace.table.explain_detail import names as detail_names
from headrace.table.expression import Expression
from headrace.table.table_result import TableResult
from headrace.table.table_schema import TableSchema
from headrace.table.types import RowType
from headrace.table.window import GroupWindow, OverWindow

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from headrace.table.table_descriptor import TableDescriptor
    from headrace.table.table_environment import TableEnvironment
    from headrace.table.table_pipeline import TablePipeline

__all__ = [
    "AggregatedTable",
    "FlatAggregateTable",
    "GroupWindowedTable",
    "GroupedTable",
    "OverWindowedTable",
    "Table",
    "WindowGroupedTable",
]


class Table:
    """A table that a program describes: a planpb.Rel over what its environment knows."""

    def __init__(self, rel: Json, t_env: TableEnvironment) -> None:
        self._rel = rel
        self._t_env = t_env
        self._answer: Json | None = None

    def _table(self, rel: Json) -> Table:
        return Table(rel, self._t_env)

    def __str__(self) -> str:
        """A name under which SQL text reads this table: f"SELECT * FROM {table}"."""
        return self._t_env._name_of(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the first rows, or the columns of a table without end."""
        from headrace.table import _html

        return _html.preview(self)

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("_"):
            raise AttributeError(f"Table has no attribute {name!r}")
        columns = self._row_type().field_names()
        if name not in columns:
            raise AttributeError(
                f"Table has no attribute or column {name!r}; its columns are {', '.join(columns)}"
            )
        return make({"column": name})

    # ------------------------------------------------------------ columns and rows

    def select(self, *fields: Any) -> Table:
        """The values of these expressions; a string names a column, "*" all."""
        return self._table(rels.project(self._rel, fields))

    def alias(self, field: str, *fields: str) -> Table:
        """The same table with other column names."""
        return self._table(rels.alias(self._rel, [field, *fields]))

    def filter(self, predicate: Any) -> Table:
        """The rows for which the condition holds."""
        return self._table({"filter": {"input": self._rel, "condition": json_of(predicate)}})

    def where(self, predicate: Any) -> Table:
        """The rows for which the condition holds."""
        return self.filter(predicate)

    def distinct(self) -> Table:
        """Each different row once."""
        return self._table({"distinct": {"input": self._rel}})

    def add_columns(self, *fields: Any) -> Table:
        """The table with more columns, whose names must be new."""
        return self._table(rels.columns(self._rel, "add", fields))

    def add_or_replace_columns(self, *fields: Any) -> Table:
        """The table with more columns; one of an existing name takes its place."""
        return self._table(rels.columns(self._rel, "replace", fields))

    def rename_columns(self, *fields: Any) -> Table:
        """The table with columns renamed: col("a").alias("b")."""
        return self._table(rels.columns(self._rel, "rename", fields))

    def drop_columns(self, *fields: Any) -> Table:
        """The table without these columns."""
        return self._table(rels.columns(self._rel, "drop", fields))

    def order_by(self, *fields: Any) -> Table:
        """The rows sorted: col("a").desc; in streaming by the time attribute first."""
        return self._table({"sort": {"input": self._rel, "keys": [select_json(f) for f in fields]}})

    def offset(self, offset: int) -> Table:
        """The rows without the first ones."""
        return self._table({"limit": {"input": self._rel, "offset": str(int(offset))}})

    def fetch(self, fetch: int) -> Table:
        """The first rows."""
        if fetch < 0:
            raise ValueError("fetch() takes a number of rows that is not negative")
        return self._table({"limit": {"input": self._rel, "fetch": str(int(fetch))}})

    def limit(self, fetch: int, offset: int = 0) -> Table:
        """So many rows, after leaving out the first ones."""
        return self.offset(offset).fetch(fetch)

    # ------------------------------------------------------------ joins and sets

    def join(self, right: Table, join_predicate: Any = None) -> Table:
        """The pairs of rows for which the condition holds; without one give where() next."""
        return self._table(rels.join(self._rel, right._rel, "inner", join_predicate))

    def left_outer_join(self, right: Table, join_predicate: Any = None) -> Table:
        """The pairs, and the rows of this table that have none, with NULLs."""
        return self._table(rels.join(self._rel, right._rel, "left", join_predicate))

    def right_outer_join(self, right: Table, join_predicate: Any) -> Table:
        """The pairs, and the rows of the other table that have none, with NULLs."""
        return self._table(rels.join(self._rel, right._rel, "right", join_predicate))

    def full_outer_join(self, right: Table, join_predicate: Any) -> Table:
        """The pairs, and the rows of both tables that have none, with NULLs."""
        return self._table(rels.join(self._rel, right._rel, "full", join_predicate))

    def join_lateral(self, table_function_call: Any, join_predicate: Any = None) -> Table:
        """Each row with the rows that a table function gives for it."""
        return self._table(rels.lateral(self._rel, "inner", table_function_call, join_predicate))

    def left_outer_join_lateral(
        self, table_function_call: Any, join_predicate: Any = None
    ) -> Table:
        """The same; a row for which the function gives none comes once, with NULLs."""
        return self._table(rels.lateral(self._rel, "left", table_function_call, join_predicate))

    def minus(self, right: Table) -> Table:
        """The different rows that the other table does not have."""
        return self._table(rels.set_op(self._rel, right._rel, "minus", False))

    def minus_all(self, right: Table) -> Table:
        """The rows less as often as the other table has them."""
        return self._table(rels.set_op(self._rel, right._rel, "minus", True))

    def union(self, right: Table) -> Table:
        """The different rows of both."""
        return self._table(rels.set_op(self._rel, right._rel, "union", False))

    def union_all(self, right: Table) -> Table:
        """The rows of both."""
        return self._table(rels.set_op(self._rel, right._rel, "union", True))

    def intersect(self, right: Table) -> Table:
        """The different rows that both have."""
        return self._table(rels.set_op(self._rel, right._rel, "intersect", False))

    def intersect_all(self, right: Table) -> Table:
        """The rows that both have, as often as both have them."""
        return self._table(rels.set_op(self._rel, right._rel, "intersect", True))

    # ------------------------------------------------------------ groups and windows

    def group_by(self, *fields: Any) -> GroupedTable:
        """Groups the rows of equal values."""
        return GroupedTable({"input": self._rel, "keys": rels.selected(fields)}, self._t_env)

    def window(self, window: GroupWindow) -> GroupWindowedTable:
        """Groups rows by a window of time or of rows; group_by() must name the window."""
        if not isinstance(window, GroupWindow):
            raise TypeError('window() takes a window with its alias: ….on(col("ts")).alias("w")')
        return GroupWindowedTable({"input": self._rel, "windows": [window._json]}, self._t_env)

    def over_window(self, *over_windows: OverWindow) -> OverWindowedTable:
        """Defines windows that end at each row, for .over(col("w")) in select()."""
        if not all(isinstance(w, OverWindow) for w in over_windows):
            raise TypeError('over_window() takes windows with their alias: ….alias("w")')
        given = {"input": self._rel, "windows": [w._json for w in over_windows]}
        return OverWindowedTable(given, self._t_env)

    # ------------------------------------------------------------ functions of rows

    def map(self, func: Any) -> Table:
        """Each row as what a scalar function of the row, or of columns, makes of it."""
        return self._table({"rowFunction": {"input": self._rel, "call": rels.row_call(func)}})

    def flat_map(self, func: Any) -> Table:
        """The rows that a table function of the row, or of columns, makes of each row."""
        call = rels.row_call(func)
        return self._table({"rowFunction": {"input": self._rel, "call": call, "flat": True}})

    def aggregate(self, func: Any) -> AggregatedTable:
        """What an aggregate function makes of all rows; select() follows."""
        return AggregatedTable(
            {"input": self._rel, "rowAggregateCall": rels.row_call(func)}, self._t_env
        )

    def flat_aggregate(self, func: Any) -> FlatAggregateTable:
        """The rows that a table aggregate function makes of all rows; select() follows."""
        return FlatAggregateTable(
            {"input": self._rel, "rowAggregateCall": rels.row_call(func)}, self._t_env
        )

    def to_changelog(self, *arguments: Any) -> Table:
        """The table's changes as rows to append, with a column that names their kind."""
        return self._t_env.sql_query(_ptf.query("TO_CHANGELOG", str(self), arguments))

    def from_changelog(self, *arguments: Any) -> Table:
        """The table whose changes these rows are: to_changelog() undone."""
        return self._t_env.sql_query(_ptf.query("FROM_CHANGELOG", str(self), arguments))

    # ------------------------------------------------------------ schema

    def _schema_answer(self) -> Json:
        if self._answer is None:
            self._answer = self._t_env._table_request("schema", self)
        return self._answer

    def _row_type(self) -> RowType:
        row = parse(self._schema_answer()["schema"])
        assert isinstance(row, RowType)
        return row

    def get_schema(self) -> TableSchema:
        """The columns."""
        row = self._row_type()
        schema = TableSchema(row.field_names(), row.field_types())
        schema._lines = self._declared("", " |-- ")
        return schema

    def _declared(self, quote: str, start: str) -> list[str]:
        """A line for each column, as the table declares it, for its watermark and its key."""
        answer = self._schema_answer()
        types = answer.get("names", [])
        extras = answer.get("extras") or [""] * len(types)
        names = [f"{quote}{n}{quote}" for n in self._row_type().field_names()]
        middle = " " if quote else ": "
        lines = [
            f"{start}{n}{middle}{d} {e}".rstrip()
            for n, d, e in zip(names, types, extras, strict=True)
        ]
        if quote and answer.get("comments"):
            lines = [
                line + (f" COMMENT '{c}'" if c else "")
                for line, c in zip(lines, answer["comments"], strict=True)
            ]
        if answer.get("watermarks"):
            column, kind, expression = answer["watermarks"]
            lines.append(f"{start}WATERMARK FOR {quote}{column}{quote}: {kind} AS {expression}")
        if answer.get("primaryKey"):
            key = ", ".join(f"{quote}{k}{quote}" for k in answer["primaryKey"])
            named = f"{start}CONSTRAINT {quote}{answer['text']}{quote} PRIMARY KEY ({key})"
            lines.append(named + (" NOT ENFORCED" if quote else ""))
        return lines

    def get_resolved_schema(self) -> ResolvedSchema:
        """The columns, with their kinds."""
        row = self._row_type()
        return ResolvedSchema.physical(row.field_names(), row.field_types())

    def print_schema(self) -> None:
        """Prints the columns."""
        print("(\n" + ",\n".join(self._declared("`", "  ")) + "\n)")

    # ------------------------------------------------------------ running

    def execute(self) -> TableResult:
        """Runs the query; the result's rows come by collect() or print()."""
        return TableResult(self._t_env._engine, self._t_env._table_request("execute", self))

    def execute_insert(
        self, table_path_or_descriptor: str | TableDescriptor, overwrite: bool = False
    ) -> TableResult:
        """Writes the rows into a table; it returns when the job has started."""
        return self.insert_into(table_path_or_descriptor, overwrite).execute()

    def insert_into(
        self, table_path_or_descriptor: str | TableDescriptor, overwrite: bool = False
    ) -> TablePipeline:
        """The whole way of the rows into a table, for execute() or a statement set."""
        from headrace.table.table_pipeline import TablePipeline

        insert = rels.insert(self._rel, table_path_or_descriptor, overwrite)
        return TablePipeline(insert, self._t_env)

    def explain(self, *extra_details: int) -> str:
        """How the query runs: its tree, the tree after optimization, the operators."""
        details = detail_names(extra_details)
        return str(self._t_env._table_request("explain", self, details=details)["text"])

    def print_explain(self, *extra_details: int) -> None:
        """Prints what explain() gives."""
        print(self.explain(*extra_details))

    def to_arrow(self) -> pa.Table:
        """Runs the query and gives its rows as an Arrow table, in the engine's own memory."""
        from headrace.table import _frames

        return _frames.to_arrow(self.execute())

    def to_pandas(self) -> pd.DataFrame:
        """Runs the query and gives its rows as a data frame."""
        from headrace.table import _frames

        return _frames.to_pandas(self.execute())
