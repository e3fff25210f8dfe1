"""Schemas as they are declared, before names and types are settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headrace.table import _json
from headrace.table._expr.base import Base, json_of
from headrace.table._json import Json
from headrace.table.types import DataType, RowType
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace.table.catalog import ResolvedSchema

__all__ = ["Schema"]


class Schema:
    """Columns, watermarks and the primary key of a table that is declared.

    >>> from headrace.table import DataTypes
    >>> schema = (
    ...     Schema.new_builder()
    ...     .column("ts", DataTypes.TIMESTAMP(3))
    ...     .watermark("ts", "ts - INTERVAL '5' SECOND")
    ...     .build()
    ... )
    """

    def __init__(self, json: Json) -> None:
        self._json = json

    @staticmethod
    def new_builder() -> Schema.Builder:
        """A builder."""
        return Schema.Builder()

    def _to_json(self) -> Json:
        """A planpb.TableSchema."""
        return self._json

    def __str__(self) -> str:
        lines = [_column_text(c) for c in self._json.get("columns", [])]
        lines += [
            f"WATERMARK FOR {_quoted(w['column'])} AS {_json.shown(w['expr'])}"
            for w in self._json.get("watermarks", [])
        ]
        key = self._json.get("primaryKey")
        if key:
            name = self._json.get("primaryKeyName") or "PK_" + "_".join(key)
            quoted = ", ".join(map(_quoted, key))
            lines.append(f"CONSTRAINT {_quoted(name)} PRIMARY KEY ({quoted}) NOT ENFORCED")
        return "(\n  " + ",\n  ".join(lines) + "\n)" if lines else "(\n\n)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._json == other._json

    def __hash__(self) -> int:
        return hash(tuple(c["name"] for c in self._json["columns"]))

    class Builder:
        """Builds a Schema; columns come in the order of the calls."""

        def __init__(self) -> None:
            self._columns: list[Json] = []
            self._watermarks: list[Json] = []
            self._key: list[str] = []
            self._key_name = ""

        def from_schema(self, unresolved_schema: Schema) -> Schema.Builder:
            """Takes over all that another schema declares."""
            json = unresolved_schema._json
            self._columns += json.get("columns", [])
            self._watermarks += json.get("watermarks", [])
            if json.get("primaryKey"):
                self._set_key(json.get("primaryKeyName", ""), json["primaryKey"])
            return self

        def from_resolved_schema(self, resolved_schema: ResolvedSchema) -> Schema.Builder:
            """Takes over a schema whose types are settled."""
            for column in resolved_schema.get_columns():
                self._columns.append(_resolved(column))
            for spec in resolved_schema.get_watermark_specs():
                expression = spec.get_watermark_expression()
                self.watermark(spec.get_rowtime_attribute(), expression)
            key = resolved_schema.get_primary_key()
            if key is not None:
                self._set_key(key.get_name(), key.get_columns())
            return self

        def from_row_data_type(self, data_type: DataType) -> Schema.Builder:
            """A column for each field of a row type."""
            if not isinstance(data_type, RowType):
                raise ApiError(f"from_row_data_type() takes a ROW type, not {data_type!r}")
            return self.from_fields(data_type.field_names(), data_type.field_types())

        def from_fields(
            self, field_names: Sequence[str], field_data_types: Sequence[DataType | str]
        ) -> Schema.Builder:
            """Columns by names and types."""
            for name, data_type in zip(field_names, field_data_types, strict=True):
                self.column(name, data_type)
            return self

        def column(self, column_name: str, data_type: DataType | str) -> Schema.Builder:
            """A column that the table stores."""
            self._columns.append({"name": column_name, "type": _sql(data_type)})
            return self

        def column_by_expression(self, column_name: str, expr: Any) -> Schema.Builder:
            """A column that is computed, by an expression or SQL text."""
            self._columns.append({"name": column_name, "computed": _expression(expr)})
            return self

        def column_by_metadata(
            self,
            column_name: str,
            data_type: DataType | str,
            metadata_key: str | None = None,
            is_virtual: bool = False,
        ) -> Schema.Builder:
            """A column that the connector knows beside the rows; virtual ones are not written."""
            column: Json = {"name": column_name, "type": _sql(data_type), "metadata": True}
            if metadata_key is not None:
                column["metadataKey"] = metadata_key
            if is_virtual:
                column["virtual"] = True
            self._columns.append(column)
            return self

        def watermark(self, column_name: str, watermark_expr: Any) -> Schema.Builder:
            """Makes a column the time attribute; the watermark is an expression or SQL text."""
            self._watermarks.append({"column": column_name, "expr": _expression(watermark_expr)})
            return self

        def primary_key(self, *column_names: str) -> Schema.Builder:
            """The primary key."""
            return self._set_key("", column_names)

        def primary_key_named(self, constraint_name: str, *column_names: str) -> Schema.Builder:
            """The primary key, with a name."""
            return self._set_key(constraint_name, column_names)

        def _set_key(self, name: str, columns: Sequence[str]) -> Schema.Builder:
            if self._key:
                raise ApiError("a schema has one primary key; there are two")
            if not columns:
                raise ApiError("a primary key needs a column")
            self._key, self._key_name = list(columns), name
            return self

        def build(self) -> Schema:
            """The schema."""
            json: Json = {"columns": list(self._columns)}
            if self._watermarks:
                json["watermarks"] = list(self._watermarks)
            if self._key:
                json["primaryKey"] = list(self._key)
            if self._key_name:
                json["primaryKeyName"] = self._key_name
            return Schema(json)


class _Unresolved(str):
    """A type in SQL text that was not looked into yet."""


def _sql(data_type: DataType | str) -> str:
    return _Unresolved(data_type) if isinstance(data_type, str) else data_type.sql()


def _expression(value: Any) -> Json:
    if isinstance(value, Base):
        return json_of(value)
    if isinstance(value, str):
        return {"sql": value}
    raise ApiError(f"an expression, or one in SQL text, is needed, not {value!r}")


def _resolved(column: Any) -> Json:
    """A column of a resolved schema."""
    json: Json = {"name": column.get_name(), "type": column.get_data_type().sql()}
    if hasattr(column, "get_expression"):
        json = {"name": json["name"], "computed": json_of(column.get_expression())}
    elif hasattr(column, "get_metadata_key"):
        json["metadata"] = True
        if column.get_metadata_key() is not None:
            json["metadataKey"] = column.get_metadata_key()
        if column.is_virtual():
            json["virtual"] = True
    if column.get_comment() is not None:
        json["comment"] = column.get_comment()
    return json


def _column_text(column: Json) -> str:
    name = _quoted(column["name"])
    if "computed" in column:
        return f"{name} AS {_json.shown(column['computed'])}"
    kind = column["type"]
    text = f"{name} [{kind}]" if isinstance(kind, _Unresolved) else f"{name} {kind}"
    if column.get("metadata"):
        text += " METADATA"
        if "metadataKey" in column:
            text += f" FROM '{column['metadataKey']}'"
        if column.get("virtual"):
            text += " VIRTUAL"
    return text


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
