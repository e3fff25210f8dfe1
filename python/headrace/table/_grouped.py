"""Tables in the middle of group_by, window or aggregate: select() makes tables of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table import _rels as rels
from headrace.table._rels import Json

if TYPE_CHECKING:
    from headrace.table.table import Table
    from headrace.table.table_environment import TableEnvironment


class _Part:
    """A planpb.Rel.Aggregate, or Project for over windows, that is not complete."""

    _node = "aggregate"

    def __init__(self, java_table: Json, t_env: TableEnvironment) -> None:
        self._json = java_table
        self._t_env = t_env

    def _selected(self, fields: tuple[Any, ...]) -> Table:
        from headrace.table.table import Table

        rel = {self._node: {**self._json, "exprs": rels.selected(fields)}}
        return Table(rel, self._t_env)


class GroupedTable(_Part):
    """A table with its rows grouped by keys."""

    def select(self, *fields: Any) -> Table:
        """Keys and aggregates of each group."""
        return self._selected(fields)

    def aggregate(self, func: Any) -> AggregatedTable:
        """What an aggregate function makes of each group; select() follows."""
        call = rels.row_call(func)
        return AggregatedTable({**self._json, "rowAggregateCall": call}, self._t_env)

    def flat_aggregate(self, func: Any) -> FlatAggregateTable:
        """The rows that a table aggregate function makes of each group; select() follows."""
        call = rels.row_call(func)
        return FlatAggregateTable({**self._json, "rowAggregateCall": call}, self._t_env)


class GroupWindowedTable(_Part):
    """A table with a window that its rows fall into."""

    def group_by(self, *fields: Any) -> WindowGroupedTable:
        """Groups by the window's alias and any keys."""
        return WindowGroupedTable({**self._json, "keys": rels.selected(fields)}, self._t_env)


class WindowGroupedTable(_Part):
    """A table with its rows grouped by a window and keys."""

    def select(self, *fields: Any) -> Table:
        """Keys, aggregates and the window's properties, col("w").start."""
        return self._selected(fields)

    def aggregate(self, func: Any) -> AggregatedTable:
        """What an aggregate function makes of each window; select() follows."""
        call = rels.row_call(func)
        return AggregatedTable({**self._json, "rowAggregateCall": call}, self._t_env)


class OverWindowedTable(_Part):
    """A table with windows that end at each row."""

    _node = "project"

    def select(self, *fields: Any) -> Table:
        """Values and aggregates, col("a").sum.over(col("w"))."""
        return self._selected(fields)


class AggregatedTable(_Part):
    """A table of the results of an aggregate function."""

    def select(self, *fields: Any) -> Table:
        """Keys and columns of the function's result."""
        return self._selected(fields)


class FlatAggregateTable(_Part):
    """A table of the results of a table aggregate function."""

    def select(self, *fields: Any) -> Table:
        """Keys and columns of the function's result."""
        return self._selected(fields)
