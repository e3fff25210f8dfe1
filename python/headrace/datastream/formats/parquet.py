"""Parquet files."""

from __future__ import annotations

from typing import Any

from headrace.common.configuration import Configuration
from headrace.common.serialization import BulkWriterFactory, RowDataBulkWriterFactory
from headrace.datastream.connectors.file_system import BulkFormat, StreamFormat
from headrace.datastream.formats._rowtype import row_type_info
from headrace.datastream.formats.avro import AvroSchema, GenericRecordAvroTypeInfo

__all__ = [
    "AvroParquetReaders",
    "AvroParquetWriters",
    "ParquetBulkWriters",
    "ParquetColumnarRowInputFormat",
]


class AvroParquetReaders:
    """Reads Parquet files as dicts."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> StreamFormat:
        """Dicts of the schema's fields."""
        options = {"format": "parquet", "avro.schema": str(schema)}
        return StreamFormat(options, GenericRecordAvroTypeInfo(schema))


class AvroParquetWriters:
    """Writes dicts to Parquet files."""

    @staticmethod
    def for_generic_record(schema: AvroSchema) -> BulkWriterFactory:
        """Dicts of the schema's fields."""
        type_info = GenericRecordAvroTypeInfo(schema)
        return BulkWriterFactory("parquet", {"avro.schema": str(schema)}, type_info)


class ParquetColumnarRowInputFormat(BulkFormat):
    """Reads Parquet files as Rows.

    >>> from headrace.common import Types
    >>> fmt = ParquetColumnarRowInputFormat(Types.ROW_NAMED(["a"], [Types.LONG()]))
    """

    def __init__(
        self,
        row_type: Any,
        hadoop_config: Configuration | None = None,
        batch_size: int = 2048,
        is_utc_timestamp: bool = False,
        is_case_sensitive: bool = True,
    ) -> None:
        options = {
            "format": "parquet",
            "parquet.batch-size": str(batch_size),
            "parquet.utc-timezone": "true" if is_utc_timestamp else "false",
            "parquet.case-sensitive": "true" if is_case_sensitive else "false",
        }
        super().__init__(options, row_type_info(row_type))


class ParquetBulkWriters:
    """Writes Rows to Parquet files."""

    @staticmethod
    def for_row_type(
        row_type: Any, hadoop_config: Configuration | None = None, utc_timestamp: bool = False
    ) -> BulkWriterFactory:
        """Rows of the type."""
        options = {"parquet.utc-timezone": "true" if utc_timestamp else "false"}
        return RowDataBulkWriterFactory("parquet", options, row_type, row_type_info(row_type))
