"""JSON messages."""

from __future__ import annotations

from headrace.common.serialization import DeserializationSchema, SerializationSchema
from headrace.common.typeinfo import TypeInformation

__all__ = ["JsonRowDeserializationSchema", "JsonRowSerializationSchema"]


class JsonRowDeserializationSchema(DeserializationSchema):
    """JSON objects as Rows.

    >>> from headrace.common import Types
    >>> row = Types.ROW_NAMED(["a"], [Types.INT()])
    >>> schema = JsonRowDeserializationSchema.builder().type_info(row).build()
    """

    @staticmethod
    def builder() -> JsonRowDeserializationSchema.Builder:
        """Starts a schema."""
        return JsonRowDeserializationSchema.Builder()

    class Builder:
        """Builds a JsonRowDeserializationSchema."""

        def __init__(self) -> None:
            self._type_info: TypeInformation | None = None
            self._options: dict[str, str] = {}

        def type_info(self, type_info: TypeInformation) -> JsonRowDeserializationSchema.Builder:
            """The type of the Rows."""
            self._type_info = type_info
            return self

        def json_schema(self, json_schema: str) -> JsonRowDeserializationSchema.Builder:
            """The type of the Rows as a JSON schema."""
            if not json_schema:
                raise TypeError("The json_schema must not be None: use type_info() instead")
            self._options["json.schema"] = json_schema
            return self

        def fail_on_missing_field(self) -> JsonRowDeserializationSchema.Builder:
            """A missing field fails the job, instead of being None."""
            self._options["json.fail-on-missing-field"] = "true"
            return self

        def ignore_parse_errors(self) -> JsonRowDeserializationSchema.Builder:
            """What does not parse is skipped, instead of failing the job."""
            self._options["json.ignore-parse-errors"] = "true"
            return self

        def build(self) -> JsonRowDeserializationSchema:
            """The schema."""
            if self._type_info is None and "json.schema" not in self._options:
                raise ValueError("type_info() or json_schema() is needed before build()")
            return JsonRowDeserializationSchema("json", self._options, self._type_info)


class JsonRowSerializationSchema(SerializationSchema):
    """Rows as JSON objects."""

    @staticmethod
    def builder() -> JsonRowSerializationSchema.Builder:
        """Starts a schema."""
        return JsonRowSerializationSchema.Builder()

    class Builder:
        """Builds a JsonRowSerializationSchema."""

        def __init__(self) -> None:
            self._type_info: TypeInformation | None = None

        def with_type_info(self, type_info: TypeInformation) -> JsonRowSerializationSchema.Builder:
            """The type of the Rows."""
            self._type_info = type_info
            return self

        def build(self) -> JsonRowSerializationSchema:
            """The schema."""
            if self._type_info is None:
                raise ValueError("with_type_info() is needed before build()")
            return JsonRowSerializationSchema("json", {}, self._type_info)
