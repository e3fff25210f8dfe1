"""Schemas of the old kind, as properties; new programs use headrace.table.schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.table.table_schema import TableSchema
from headrace.table.types import DataType

__all__ = ["Rowtime", "Schema"]


class Rowtime:
    """A time attribute: where its timestamps and watermarks come from."""

    def __init__(self) -> None:
        self._properties: dict[str, str] = {}

    def _set(self, **values: str) -> Rowtime:
        named = {"rowtime." + k.replace("__", "."): v for k, v in values.items()}
        self._properties.update({k.replace("_", "-"): v for k, v in named.items()})
        return self

    def timestamps_from_field(self, field_name: str) -> Rowtime:
        """Timestamps are in a column."""
        return self._set(timestamps__type="from-field", timestamps__from=field_name)

    def timestamps_from_source(self) -> Rowtime:
        """Timestamps are those of the records."""
        return self._set(timestamps__type="from-source")

    def timestamps_from_extractor(self, extractor: Any) -> Rowtime:
        """Timestamps come from a class, by its full name."""
        return self._set(timestamps__type="custom", timestamps__class=_class_name(extractor))

    def watermarks_periodic_ascending(self) -> Rowtime:
        """Timestamps never go back."""
        return self._set(watermarks__type="periodic-ascending")

    def watermarks_periodic_bounded(self, delay: int) -> Rowtime:
        """Timestamps go back by so many milliseconds at most."""
        return self._set(watermarks__type="periodic-bounded", watermarks__delay=str(int(delay)))

    def watermarks_from_source(self) -> Rowtime:
        """Watermarks are the source's own."""
        return self._set(watermarks__type="from-source")

    def watermarks_from_strategy(self, strategy: Any) -> Rowtime:
        """Watermarks come from a class, by its full name."""
        return self._set(watermarks__type="custom", watermarks__class=_class_name(strategy))

    def to_properties(self) -> dict[str, str]:
        """The attribute as properties."""
        return dict(self._properties)


def _class_name(value: Any) -> str:
    if isinstance(value, str):
        return value
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


class Schema:
    """Fields by name and type."""

    def __init__(
        self,
        schema: TableSchema | None = None,
        fields: Mapping[str, DataType | str] | None = None,
        rowtime: Rowtime | None = None,
    ) -> None:
        self._fields: list[dict[str, str]] = []
        if schema is not None:
            self.schema(schema)
        if fields is not None:
            self.fields(fields)
        if rowtime is not None:
            self.rowtime(rowtime)

    def schema(self, table_schema: TableSchema) -> Schema:
        """Takes over all fields of a schema."""
        names, types = table_schema.get_field_names(), table_schema.get_field_data_types()
        return self.fields(dict(zip(names, types, strict=True)))

    def field(self, field_name: str, field_type: DataType | str) -> Schema:
        """Adds a field."""
        text = field_type if isinstance(field_type, str) else field_type.sql()
        self._fields.append({"name": field_name, "data-type": text})
        return self

    def fields(self, fields: Mapping[str, DataType | str]) -> Schema:
        """Adds fields."""
        for name, data_type in fields.items():
            self.field(name, data_type)
        return self

    def _last(self) -> dict[str, str]:
        if not self._fields:
            raise ValueError("this says something of the field before it: call field() first")
        return self._fields[-1]

    def from_origin_field(self, origin_field_name: str) -> Schema:
        """Says what the last field is called in the source."""
        self._last()["from"] = origin_field_name
        return self

    def proctime(self) -> Schema:
        """Makes the last field the processing time."""
        self._last()["proctime"] = "true"
        return self

    def rowtime(self, rowtime: Rowtime) -> Schema:
        """Makes the last field the event time."""
        self._last().update(rowtime.to_properties())
        return self

    def to_properties(self) -> dict[str, str]:
        """The schema as properties: schema.0.name and so on."""
        return {
            f"schema.{i}.{key}": value
            for i, field in enumerate(self._fields)
            for key, value in field.items()
        }
