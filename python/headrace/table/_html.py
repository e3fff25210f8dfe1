"""Tables in notebooks: the first rows of those that come to an end, else the columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from headrace.table import _frames, _values
from headrace.table._text import cell

if TYPE_CHECKING:
    from headrace.table.table import Table

_ROWS_KEY = "headrace.preview.rows"
_ROWS = 20
_CELL_CHARACTERS = 200


def preview(table: Table) -> str:
    """HTML of a table.

    A query whose sources all end is run for its first rows (``headrace.preview.rows``, 20 by
    default); one that would never end is not run, nor is any where the setting is 0.
    """
    limit = int(table._t_env._conf.get_string(_ROWS_KEY, str(_ROWS)))
    if limit <= 0:
        return _columns(table, f"not run: {_ROWS_KEY} is {limit}")
    if not table._t_env._table_request("bounded", table).get("found"):
        return _columns(table, "not run: it has no end; execute().print() shows rows as they come")
    rows = _first_rows(table, limit + 1)
    more = "" if len(rows) <= limit else f"the first {limit} rows; there are more"
    fields = table._row_type().fields
    heads = [f"{escape(f.name)}<br><small>{escape(f.data_type.sql())}</small>" for f in fields]
    return _html(heads, rows[:limit], more)


def _first_rows(table: Table, count: int) -> list[list[str]]:
    result = table.limit(count).execute()
    found, zone = _frames.to_arrow(result), result._zone()
    types = result._row_type.field_types()
    return [
        ["<NULL>" if v is None else cell(v, k, zone) for v, k in zip(row, types, strict=True)]
        for batch in found.to_batches()
        for row in _values.rows(batch, None, types, zone)
    ]


def _columns(table: Table, why: str) -> str:
    fields = table._row_type().fields
    return _html(["column", "type"], [[f.name, f.data_type.sql()] for f in fields], why)


def _html(heads: Sequence[str], rows: Iterable[Sequence[str]], note: str) -> str:
    head = "".join(f"<th>{h}</th>" for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cut(c))}</td>" for c in row) + "</tr>\n" for row in rows
    )
    foot = f"<p><small>{escape(note)}</small></p>" if note else ""
    return (
        f'<table class="dataframe">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n'
        f"</table>{foot}"
    )


def _cut(text: str) -> str:
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"
