"""How connectors turn elements into bytes and back."""

from __future__ import annotations

from headrace.common.typeinfo import TypeInformation, Types

__all__ = [
    "BulkWriterFactory",
    "ByteArraySchema",
    "DeserializationSchema",
    "Encoder",
    "RowDataBulkWriterFactory",
    "RowFieldExtractorSchema",
    "SerializationSchema",
    "SimpleStringSchema",
]


class _Schema:
    """A format by name, its options and the type it gives or takes."""

    def __init__(
        self,
        format: str,
        options: dict[str, str] | None = None,
        type_info: TypeInformation | None = None,
    ) -> None:
        self._format = format
        self._options = dict(options or {})
        self._type_info = type_info


class SerializationSchema(_Schema):
    """Turns elements into bytes."""


class DeserializationSchema(_Schema):
    """Turns bytes into elements."""


class SimpleStringSchema(SerializationSchema, DeserializationSchema):
    """Strings in a character set.

    >>> schema = SimpleStringSchema("UTF-8")
    """

    def __init__(self, charset: str = "UTF-8") -> None:
        super().__init__("raw", {"raw.charset": charset}, Types.STRING())


class ByteArraySchema(SerializationSchema, DeserializationSchema):
    """Bytes as they are."""

    def __init__(self) -> None:
        super().__init__("raw", {}, Types.PRIMITIVE_ARRAY(Types.BYTE()))


class RowFieldExtractorSchema(SerializationSchema):
    """One field of a Row, which must hold bytes."""

    def __init__(self, field_index: int) -> None:
        if field_index < 0:
            raise ValueError(f"field_index must not be negative, got {field_index}")
        super().__init__("raw", {"field-index": str(field_index)})
        self.field_index = field_index


class Encoder(_Schema):
    """Writes elements to a file one by one."""

    @staticmethod
    def simple_string_encoder(charset_name: str = "UTF-8") -> Encoder:
        """One line an element: its string form."""
        return Encoder("text", {"charset": charset_name})


class BulkWriterFactory(_Schema):
    """Writes elements to a file in bulk."""


class RowDataBulkWriterFactory(BulkWriterFactory):
    """Writes rows to a file in bulk."""

    def __init__(
        self,
        format: str,
        options: dict[str, str] | None = None,
        row_type: object | None = None,
        type_info: TypeInformation | None = None,
    ) -> None:
        super().__init__(format, options, type_info)
        self._row_type = row_type

    def get_row_type(self) -> object | None:
        """The row type given."""
        return self._row_type
