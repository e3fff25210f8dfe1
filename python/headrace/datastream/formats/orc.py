"""ORC files."""

from __future__ import annotations

from typing import Any

from headrace.common.configuration import Configuration
from headrace.common.serialization import BulkWriterFactory, RowDataBulkWriterFactory
from headrace.datastream.formats._rowtype import row_type_info

__all__ = ["OrcBulkWriters"]


class OrcBulkWriters:
    """Writes Rows to ORC files."""

    @staticmethod
    def for_row_type(
        row_type: Any,
        writer_properties: Configuration | None = None,
        hadoop_config: Configuration | None = None,
    ) -> BulkWriterFactory:
        """Rows of the type."""
        properties = writer_properties.to_dict() if writer_properties is not None else {}
        options = {f"orc.{key.removeprefix('orc.')}": value for key, value in properties.items()}
        return RowDataBulkWriterFactory("orc", options, row_type, row_type_info(row_type))
