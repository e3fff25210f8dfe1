"""Serialization schemas as options of message connectors."""

from __future__ import annotations

from headrace.common.serialization import DeserializationSchema, SerializationSchema


def format_options(
    schema: SerializationSchema | DeserializationSchema, prefix: str = ""
) -> dict[str, str]:
    """The format and its options, as "value.format" and "value.json.…" with the prefix "value."."""
    if not isinstance(schema, (SerializationSchema, DeserializationSchema)):
        raise TypeError(
            f"a serialization schema is needed, as SimpleStringSchema(), not {schema!r}"
        )
    options = {f"{prefix}{key}": value for key, value in schema._options.items()}
    return {f"{prefix}format": schema._format, **options}
