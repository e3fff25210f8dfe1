"""CSV files and messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from headrace.common.serialization import (
    BulkWriterFactory,
    DeserializationSchema,
    RowDataBulkWriterFactory,
    SerializationSchema,
)
from headrace.common.typeinfo import RowTypeInfo, TypeInformation, Types
from headrace.datastream.connectors.file_system import StreamFormat
from headrace.datastream.formats._rowtype import type_info

__all__ = [
    "CsvBulkWriters",
    "CsvReaderFormat",
    "CsvRowDeserializationSchema",
    "CsvRowSerializationSchema",
    "CsvSchema",
    "CsvSchemaBuilder",
]


@dataclass
class _Column:
    name: str
    kind: str
    type: TypeInformation
    separator: str = ""


class CsvSchema:
    """The columns of a CSV file and how they are written.

    >>> schema = CsvSchema.builder().add_number_column("id").add_string_column("name").build()
    >>> schema.size()
    2
    """

    def __init__(self, columns: list[_Column], options: dict[str, str]) -> None:
        self._columns = columns
        self._options = options
        names, types = [c.name for c in columns], [c.type for c in columns]
        self._row_type = RowTypeInfo(types, names)

    @staticmethod
    def builder() -> CsvSchemaBuilder:
        """Starts a schema."""
        return CsvSchemaBuilder()

    def size(self) -> int:
        """The number of columns."""
        return len(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __str__(self) -> str:
        return ", ".join(f"{column.name} {column.kind}" for column in self._columns)

    def __repr__(self) -> str:
        return f"CsvSchema({self})"


@dataclass
class CsvSchemaBuilder:
    """Builds a CsvSchema."""

    _columns: list[_Column] = field(default_factory=list, init=False)
    _options: dict[str, str] = field(default_factory=dict, init=False)

    def build(self) -> CsvSchema:
        """The schema."""
        return CsvSchema(list(self._columns), dict(self._options))

    def _add(self, column: _Column) -> CsvSchemaBuilder:
        self._columns.append(column)
        return self

    def _set(self, option: str, value: str) -> CsvSchemaBuilder:
        self._options["csv." + option] = value
        return self

    def add_array_column(
        self, name: str, separator: str = ";", element_type: Any = None
    ) -> CsvSchemaBuilder:
        """A list, its items separated by a character; strings by default."""
        element = Types.STRING() if element_type is None else type_info(element_type)
        return self._add(_Column(name, "array", Types.LIST(element), separator))

    def add_boolean_column(self, name: str) -> CsvSchemaBuilder:
        """A boolean."""
        return self._add(_Column(name, "boolean", Types.BOOLEAN()))

    def add_number_column(self, name: str, number_type: Any = None) -> CsvSchemaBuilder:
        """A number, a 64-bit integer by default."""
        number = Types.LONG() if number_type is None else type_info(number_type)
        return self._add(_Column(name, "number", number))

    def add_string_column(self, name: str) -> CsvSchemaBuilder:
        """A string."""
        return self._add(_Column(name, "string", Types.STRING()))

    def add_columns_from(self, schema: CsvSchema) -> CsvSchemaBuilder:
        """The columns of another schema."""
        self._columns.extend(schema._columns)
        return self

    def clear_columns(self) -> CsvSchemaBuilder:
        """Forgets the columns."""
        self._columns.clear()
        return self

    def set_allow_comments(self, allow: bool = True) -> CsvSchemaBuilder:
        """Skips lines that begin with #."""
        return self._set("allow-comments", "true" if allow else "false")

    def set_any_property_name(self, name: str) -> CsvSchemaBuilder:
        """Where fields go that no column is for."""
        return self._set("any-property-name", name)

    def disable_array_element_separator(self) -> CsvSchemaBuilder:
        """Lists have no separator."""
        return self._set("array-element-delimiter", "")

    def remove_array_element_separator(self, index: int) -> CsvSchemaBuilder:
        """The list of that column has no separator."""
        self._columns[index].separator = ""
        return self

    def set_array_element_separator(self, separator: str) -> CsvSchemaBuilder:
        """What separates the items of lists."""
        return self._set("array-element-delimiter", separator)

    def set_column_separator(self, char: str) -> CsvSchemaBuilder:
        """What separates columns."""
        return self._set("field-delimiter", _one(char, "column separator"))

    def disable_escape_char(self) -> CsvSchemaBuilder:
        """No character is special."""
        self._options.pop("csv.escape-character", None)
        return self

    def set_escape_char(self, char: str) -> CsvSchemaBuilder:
        """What takes the meaning from the next character."""
        return self._set("escape-character", _one(char, "escape character"))

    def set_line_separator(self, separator: str) -> CsvSchemaBuilder:
        """What separates lines."""
        return self._set("line-delimiter", separator)

    def set_null_value(self, null_value: str) -> CsvSchemaBuilder:
        """What stands for None."""
        return self._set("null-literal", null_value)

    def disable_quote_char(self) -> CsvSchemaBuilder:
        """Fields are not quoted."""
        self._options.pop("csv.quote-character", None)
        return self._set("disable-quote-character", "true")

    def set_quote_char(self, char: str) -> CsvSchemaBuilder:
        """What fields are quoted with."""
        self._options.pop("csv.disable-quote-character", None)
        return self._set("quote-character", _one(char, "quote character"))

    def set_skip_first_data_row(self, skip: bool = True) -> CsvSchemaBuilder:
        """Skips the first line of data."""
        return self._set("skip-first-row", "true" if skip else "false")

    def set_strict_headers(self, strict: bool = True) -> CsvSchemaBuilder:
        """The header's names must be those of the columns."""
        return self._set("strict-headers", "true" if strict else "false")

    def set_use_header(self, use: bool = True) -> CsvSchemaBuilder:
        """The first line names the columns."""
        return self._set("use-header", "true" if use else "false")

    def size(self) -> int:
        """The number of columns."""
        return len(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class CsvReaderFormat(StreamFormat):
    """Reads CSV files."""

    @staticmethod
    def for_schema(schema: CsvSchema) -> CsvReaderFormat:
        """Rows of the schema's columns."""
        return CsvReaderFormat({"format": "csv", **schema._options}, schema._row_type)


class CsvBulkWriters:
    """Writes CSV files."""

    @staticmethod
    def for_schema(schema: CsvSchema) -> BulkWriterFactory:
        """Rows of the schema's columns."""
        return RowDataBulkWriterFactory("csv", schema._options, schema, schema._row_type)


class _RowOptions:
    """What the builders of CSV row schemas share."""

    def __init__(self, type_info: TypeInformation) -> None:
        if not isinstance(type_info, TypeInformation):
            raise TypeError(f"type_info must come from Types.ROW(...), not {type_info!r}")
        self._type_info = type_info
        self._options: dict[str, str] = {}


class CsvRowDeserializationSchema(DeserializationSchema):
    """CSV lines as Rows."""

    class Builder(_RowOptions):
        """Builds a CsvRowDeserializationSchema."""

        def set_field_delimiter(self, delimiter: str) -> CsvRowDeserializationSchema.Builder:
            """What separates columns."""
            self._options["csv.field-delimiter"] = delimiter
            return self

        def set_allow_comments(self, allow_comments: bool) -> CsvRowDeserializationSchema.Builder:
            """Skips lines that begin with #."""
            self._options["csv.allow-comments"] = "true" if allow_comments else "false"
            return self

        def set_array_element_delimiter(
            self, delimiter: str
        ) -> CsvRowDeserializationSchema.Builder:
            """What separates the items of lists."""
            self._options["csv.array-element-delimiter"] = delimiter
            return self

        def set_quote_character(self, c: str) -> CsvRowDeserializationSchema.Builder:
            """What fields are quoted with."""
            self._options["csv.quote-character"] = _one(c, "quote character")
            return self

        def set_escape_character(self, c: str) -> CsvRowDeserializationSchema.Builder:
            """What takes the meaning from the next character."""
            self._options["csv.escape-character"] = _one(c, "escape character")
            return self

        def set_null_literal(self, null_literal: str) -> CsvRowDeserializationSchema.Builder:
            """What stands for None."""
            self._options["csv.null-literal"] = null_literal
            return self

        def set_ignore_parse_errors(
            self, ignore_parse_errors: bool
        ) -> CsvRowDeserializationSchema.Builder:
            """What does not parse is skipped, instead of failing the job."""
            self._options["csv.ignore-parse-errors"] = "true" if ignore_parse_errors else "false"
            return self

        def build(self) -> CsvRowDeserializationSchema:
            """The schema."""
            return CsvRowDeserializationSchema("csv", self._options, self._type_info)


class CsvRowSerializationSchema(SerializationSchema):
    """Rows as CSV lines."""

    class Builder(_RowOptions):
        """Builds a CsvRowSerializationSchema."""

        def set_field_delimiter(self, c: str) -> CsvRowSerializationSchema.Builder:
            """What separates columns."""
            self._options["csv.field-delimiter"] = c
            return self

        def set_line_delimiter(self, delimiter: str) -> CsvRowSerializationSchema.Builder:
            """What separates lines."""
            self._options["csv.line-delimiter"] = delimiter
            return self

        def set_array_element_delimiter(self, delimiter: str) -> CsvRowSerializationSchema.Builder:
            """What separates the items of lists."""
            self._options["csv.array-element-delimiter"] = delimiter
            return self

        def disable_quote_character(self) -> CsvRowSerializationSchema.Builder:
            """Fields are not quoted."""
            self._options["csv.disable-quote-character"] = "true"
            return self

        def set_quote_character(self, c: str) -> CsvRowSerializationSchema.Builder:
            """What fields are quoted with."""
            self._options["csv.quote-character"] = _one(c, "quote character")
            return self

        def set_escape_character(self, c: str) -> CsvRowSerializationSchema.Builder:
            """What takes the meaning from the next character."""
            self._options["csv.escape-character"] = _one(c, "escape character")
            return self

        def set_null_literal(self, s: str) -> CsvRowSerializationSchema.Builder:
            """What stands for None."""
            self._options["csv.null-literal"] = s
            return self

        def build(self) -> CsvRowSerializationSchema:
            """The schema."""
            return CsvRowSerializationSchema("csv", self._options, self._type_info)


def _one(char: str, what: str) -> str:
    if len(char) != 1:
        raise ValueError(f"the {what} must be one character, not {char!r}")
    return char
