"""Tables described by connector, options and schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.table._json import Json
from headrace.table.schema import Schema

__all__ = ["FormatDescriptor", "TableDescriptor"]


class FormatDescriptor:
    """A format and its options, without the format's name in front of them.

    >>> FormatDescriptor.for_format("json").option("ignore-parse-errors", "true").build()
    json[{ignore-parse-errors=true}]
    """

    def __init__(self, format: str, options: dict[str, str]) -> None:
        self._format = format
        self._options = options

    @staticmethod
    def for_format(format: str) -> FormatDescriptor.Builder:
        """A builder for a format."""
        return FormatDescriptor.Builder(format)

    def get_format(self) -> str:
        """The format's name."""
        return self._format

    def get_options(self) -> dict[str, str]:
        """The options."""
        return dict(self._options)

    def __str__(self) -> str:
        options = ",".join(f"{k}={v}" for k, v in self._options.items())
        return f"{self._format}[{{{options}}}]"

    def __repr__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FormatDescriptor) and (self._format, self._options) == (
            other._format,
            other._options,
        )

    def __hash__(self) -> int:
        return hash((self._format, tuple(sorted(self._options.items()))))

    class Builder:
        """Builds a FormatDescriptor."""

        def __init__(self, format: str) -> None:
            self._format = format
            self._options: dict[str, str] = {}

        def option(self, key: Any, value: Any) -> FormatDescriptor.Builder:
            """Sets an option."""
            self._options[option_key(key)] = option_value(value)
            return self

        def build(self) -> FormatDescriptor:
            """The descriptor."""
            return FormatDescriptor(self._format, dict(self._options))


class TableDescriptor:
    """What CREATE TABLE says, in Python.

    >>> TableDescriptor.for_connector("datagen").option("number-of-rows", 10).build().get_options()
    {'connector': 'datagen', 'number-of-rows': '10'}
    """

    def __init__(
        self,
        schema: Schema | None,
        options: dict[str, str],
        partition_keys: Sequence[str] = (),
        comment: str | None = None,
    ) -> None:
        self._schema = schema
        self._options = options
        self._partition_keys = list(partition_keys)
        self._comment = comment

    @staticmethod
    def for_connector(connector: str) -> TableDescriptor.Builder:
        """A builder for a connector."""
        return TableDescriptor.Builder({"connector": connector})

    def get_schema(self) -> Schema | None:
        """The schema, None where the connector knows it."""
        return self._schema

    def get_options(self) -> dict[str, str]:
        """The options, "connector" among them."""
        return dict(self._options)

    def get_partition_keys(self) -> list[str]:
        """The columns by which the table is partitioned."""
        return list(self._partition_keys)

    def get_comment(self) -> str | None:
        """The comment, None where there is none."""
        return self._comment

    def _to_json(self) -> Json:
        """A planpb.TableDescriptor."""
        json: Json = {"options": self._options}
        if self._schema is not None:
            json["schema"] = self._schema._to_json()
        if self._partition_keys:
            json["partitionKeys"] = self._partition_keys
        if self._comment is not None:
            json["comment"] = self._comment
        return json

    def __str__(self) -> str:
        schema = "" if self._schema is None else str(self._schema)
        comment = "" if self._comment is None else f"\nCOMMENT '{self._comment}'"
        keys = ", ".join(f"`{k}`" for k in self._partition_keys)
        partitioned = f"\nPARTITIONED BY ({keys})" if keys else ""
        options = ",\n".join(f"  '{k}' = '{v}'" for k, v in self._options.items())
        return f"{schema}{comment}{partitioned}\nWITH (\n{options}\n)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TableDescriptor) and self._to_json() == other._to_json()

    def __hash__(self) -> int:
        return hash(str(self))

    class Builder:
        """Builds a TableDescriptor."""

        def __init__(self, options: dict[str, str]) -> None:
            self._schema: Schema | None = None
            self._options = dict(options)
            self._keys: list[str] = []
            self._comment: str | None = None

        def schema(self, schema: Schema) -> TableDescriptor.Builder:
            """Sets the schema."""
            self._schema = schema
            return self

        def option(self, key: Any, value: Any) -> TableDescriptor.Builder:
            """Sets an option."""
            self._options[option_key(key)] = option_value(value)
            return self

        def format(
            self, format: str | FormatDescriptor, format_option: Any = None
        ) -> TableDescriptor.Builder:
            """Sets the format; format_option names another option than "format" for it."""
            option = "format" if format_option is None else option_key(format_option)
            if isinstance(format, str):
                self._options[option] = format
                return self
            self._options[option] = format.get_format()
            prefix = option[: -len("format")] if option.endswith("format") else option + "."
            for key, value in format.get_options().items():
                self._options[f"{prefix}{format.get_format()}.{key}"] = value
            return self

        def partitioned_by(self, *partition_keys: str) -> TableDescriptor.Builder:
            """Adds columns by which the table is partitioned."""
            self._keys += partition_keys
            return self

        def comment(self, comment: str) -> TableDescriptor.Builder:
            """Sets the comment."""
            self._comment = comment
            return self

        def build(self) -> TableDescriptor:
            """The descriptor."""
            return TableDescriptor(self._schema, dict(self._options), self._keys, self._comment)


def option_key(key: Any) -> str:
    """The key of an option: a text, or a ConfigOption."""
    return key if isinstance(key, str) else str(key.key)


def option_value(value: Any) -> str:
    """The value of an option as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
