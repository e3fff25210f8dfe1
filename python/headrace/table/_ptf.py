"""Calls of table functions that take tables, as SQL text."""

from __future__ import annotations

from typing import Any

from headrace.table._expr.base import json_of
from headrace.table._json import Json
from headrace.util.exceptions import ApiError


def query(function: str, table: str, arguments: tuple[Any, ...]) -> str:
    """A query of all that a function makes of a table."""
    rest = "".join(f", {_argument(json_of(a))}" for a in arguments)
    return f"SELECT * FROM {function}(input => TABLE {table}{rest})"


def _argument(e: Json) -> str:
    if "as" in e:
        return f"{e['as']['names'][0]} => {_sql(e['as']['arg'])}"
    return _sql(e)


def _sql(e: Json) -> str:
    if "literal" in e:
        return _literal(e["literal"])
    if "sql" in e:
        return str(e["sql"])
    call = e.get("call", {})
    args = call.get("args", [])
    if call.get("name") == "descriptor":
        return f"DESCRIPTOR({', '.join(_quoted(a['column']) for a in args)})"
    if call.get("name") in ("map", "array"):
        return f"{call['name'].upper()}[{', '.join(map(_sql, args))}]"
    raise ApiError("an argument is a literal, descriptor(…), map_(…) or call_sql(…)")


def _literal(value: Json) -> str:
    if "value" not in value:
        return "NULL"
    if value["type"].startswith("CHAR"):
        return "'" + str(value["value"]).replace("'", "''") + "'"
    return str(value["value"])


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
