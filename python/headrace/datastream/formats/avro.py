"""Avro files and messages."""

from __future__ import annotations

import json
from typing import Any

from headrace.common.io import InputFormat
from headrace.common.serialization import (
    BulkWriterFactory,
    DeserializationSchema,
    SerializationSchema,
)
from headrace.common.typeinfo import PickledBytesTypeInfo, TypeInformation

__all__ = [
    "AvroBulkWriters",
    "AvroInputFormat",
    "AvroRowDeserializationSchema",
    "AvroRowSerializationSchema",
    "AvroSchema",
    "GenericRecordAvroTypeInfo",
]


class AvroSchema:
    """A schema of Avro.

    >>> str(AvroSchema.parse_string('{"type": "string"}'))
    '{"type": "string"}'
    """

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    @staticmethod
    def parse_string(json_schema: str) -> AvroSchema:
        """A schema of JSON text."""
        return AvroSchema(json.loads(json_schema))

    @staticmethod
    def parse_file(file_path: str) -> AvroSchema:
        """A schema of a file of JSON text."""
        with open(file_path, encoding="utf-8") as file:
            return AvroSchema(json.load(file))

    def __str__(self) -> str:
        return json.dumps(self._schema)


class GenericRecordAvroTypeInfo(PickledBytesTypeInfo):
    """Avro records as dicts."""

    def __init__(self, schema: AvroSchema) -> None:
        super().__init__()
        self._title = "GenericRecordAvroTypeInfo"
        self._schema = schema


class AvroInputFormat(InputFormat):
    """Reads Avro files as dicts."""

    def __init__(self, path: str, schema: AvroSchema) -> None:
        options = {"path": path, "format": "avro", "avro.schema": str(schema)}
        super().__init__("filesystem", options, GenericRecordAvroTypeInfo(schema))

    def get_produced_type(self) -> TypeInformation:
        """Records as dicts."""
        assert self._type_info is not None
        return self._type_info


class AvroBulkWriters:
    """Writes Avro files."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """Dicts that fit the schema."""
        type_info = GenericRecordAvroTypeInfo(schema)
        return BulkWriterFactory("avro", {"avro.schema": str(schema)}, type_info)


class AvroRowDeserializationSchema(DeserializationSchema):
    """Avro messages as Rows."""

    def __init__(
        self, record_class: str | None = None, avro_schema_string: str | None = None
    ) -> None:
        super().__init__("avro", _schema_option(record_class, avro_schema_string))


class AvroRowSerializationSchema(SerializationSchema):
    """Rows as Avro messages."""

    def __init__(
        self, record_class: str | None = None, avro_schema_string: str | None = None
    ) -> None:
        super().__init__("avro", _schema_option(record_class, avro_schema_string))


def _schema_option(record_class: str | None, schema: str | None) -> dict[str, str]:
    if schema is None:
        raise TypeError(
            "avro_schema_string is needed, the schema as JSON text: a record_class is a Java "
            f"class, which does not exist here (got {record_class!r})"
        )
    return {"avro.schema": schema}
