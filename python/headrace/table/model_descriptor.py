"""Models described by provider, options and schemas."""

from __future__ import annotations

from typing import Any

from headrace.table.schema import Schema
from headrace.table.table_descriptor import option_key, option_value

__all__ = ["ModelDescriptor"]


class ModelDescriptor:
    """What CREATE MODEL says, in Python.

    >>> model = ModelDescriptor.for_provider("openai").option("task", "embedding").build()
    >>> model.get_options()
    {'provider': 'openai', 'task': 'embedding'}
    """

    def __init__(
        self,
        input_schema: Schema | None,
        output_schema: Schema | None,
        options: dict[str, str],
        comment: str | None = None,
    ) -> None:
        self._input = input_schema
        self._output = output_schema
        self._options = options
        self._comment = comment

    @staticmethod
    def for_provider(provider: str) -> ModelDescriptor.Builder:
        """A builder for a provider."""
        return ModelDescriptor.Builder({"provider": provider})

    def get_options(self) -> dict[str, str]:
        """The options, "provider" among them."""
        return dict(self._options)

    def get_input_schema(self) -> Schema | None:
        """What the model takes."""
        return self._input

    def get_output_schema(self) -> Schema | None:
        """What the model gives."""
        return self._output

    def get_comment(self) -> str | None:
        """The comment, None where there is none."""
        return self._comment

    def __str__(self) -> str:
        options = ",\n".join(f"  '{k}' = '{v}'" for k, v in self._options.items())
        comment = "" if self._comment is None else f"\nCOMMENT '{self._comment}'"
        return f"INPUT {self._input}\nOUTPUT {self._output}{comment}\nWITH (\n{options}\n)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelDescriptor) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    class Builder:
        """Builds a ModelDescriptor."""

        def __init__(self, options: dict[str, str]) -> None:
            self._options = dict(options)
            self._input: Schema | None = None
            self._output: Schema | None = None
            self._comment: str | None = None

        def input_schema(self, input_schema: Schema) -> ModelDescriptor.Builder:
            """Sets what the model takes."""
            self._input = input_schema
            return self

        def output_schema(self, output_schema: Schema) -> ModelDescriptor.Builder:
            """Sets what the model gives."""
            self._output = output_schema
            return self

        def option(self, key: Any, value: Any) -> ModelDescriptor.Builder:
            """Sets an option."""
            self._options[option_key(key)] = option_value(value)
            return self

        def comment(self, comment: str) -> ModelDescriptor.Builder:
            """Sets the comment."""
            self._comment = comment
            return self

        def build(self) -> ModelDescriptor:
            """The descriptor."""
            return ModelDescriptor(self._input, self._output, dict(self._options), self._comment)
