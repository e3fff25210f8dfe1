"""Pieces of planpb.Rel in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headrace.table._expr.base import Base, json_of, select_json
from headrace.table.udf import UserDefinedFunctionWrapper
from headrace.util.exceptions import ApiError, ValidationException

if TYPE_CHECKING:
    from headrace.table.table_descriptor import TableDescriptor

Json = dict[str, Any]


def selected(fields: Sequence[Any]) -> list[Json]:
    """Expressions of a select list, group_by or order_by."""
    if len(fields) == 1 and isinstance(fields[0], (list, tuple)):
        fields = fields[0]
    return [select_json(f) for f in fields]


def project(rel: Json, fields: Sequence[Any]) -> Json:
    """select; columns that are named twice are refused, as in Flink."""
    exprs = selected(fields)
    distinct([name for e in exprs for name in _names(e)])
    return {"project": {"input": rel, "exprs": exprs}}


def _names(e: Json) -> list[str]:
    """The names that an expression says its columns have."""
    if "as" in e:
        return [str(n) for n in e["as"]["names"]]
    return [str(e["column"])] if "column" in e and "." not in e["column"] else []


def alias(rel: Json, names: Sequence[str]) -> Json:
    """Other column names."""
    distinct(names)
    return {"alias": {"input": rel, "names": list(names)}}


def distinct(names: Sequence[str]) -> None:
    """Raises where a name comes twice."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValidationException(f"column name '{name}' comes twice: give one an alias()")


def columns(rel: Json, verb: str, fields: Sequence[Any]) -> Json:
    """add, replace, rename or drop of columns."""
    return {"columns": {"input": rel, "verb": verb, "exprs": selected(fields)}}


def join(left: Json, right: Json, kind: str, condition: Any) -> Json:
    """A join of two tables."""
    out: Json = {"left": left, "right": right, "kind": kind}
    if condition is not None:
        out["condition"] = json_of(condition)
    return {"join": out}


def lateral(rel: Json, kind: str, call: Any, condition: Any) -> Json:
    """A join with a table function."""
    out: Json = {"input": rel, "call": row_call(call), "kind": kind}
    if condition is not None:
        out["condition"] = json_of(condition)
    return {"lateral": out}


def set_op(left: Json, right: Json, kind: str, keep_all: bool) -> Json:
    """union, intersect or minus."""
    return {"setOp": {"left": left, "right": right, "kind": kind, "all": keep_all}}


def row_call(func: Any) -> Json:
    """The call of map, flat_map, join_lateral and the like: of the whole row where the function
    itself is given, of columns where it is a call."""
    if isinstance(func, UserDefinedFunctionWrapper):
        return func._row_call()
    if isinstance(func, Base):
        return func._json
    raise ApiError(f"a function declared by udf(), or a call of one, is needed, not {func!r}")


def path(text: str) -> list[str]:
    """The parts of "catalog.database.`a table`"."""
    parts, part, quoted = [], "", False
    for c in text:
        if c == "`":
            quoted = not quoted
        elif c == "." and not quoted:
            parts.append(part)
            part = ""
        else:
            part += c
    return [*parts, part]


def insert(rel: Json, target: str | TableDescriptor, overwrite: bool) -> Json:
    """A planpb.Insert."""
    out: Json = {"rel": rel}
    if isinstance(target, str):
        out["path"] = path(target)
    else:
        out["descriptor"] = target._to_json()
    if overwrite:
        out["overwrite"] = True
    return out
