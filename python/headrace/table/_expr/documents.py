"""Functions of JSON texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table import _json
from headrace.table import types as t
from headrace.table._expr.base import Base, given, make
from headrace.table._expr.units import (
    JsonExistsOnError,
    JsonQueryOnEmptyOrError,
    JsonQueryWrapper,
    JsonType,
    JsonValueOnEmptyOrError,
)

if TYPE_CHECKING:
    from headrace.table.expression import Expression

_STRING = t.VarCharType(t._MAX)


class Documents(Base):
    """JSON texts and paths into them."""

    def log(self, base: Any = None) -> Expression:
        """The natural logarithm, or that to a base."""
        return self._call("log", *given(base))

    def is_json(self, json_type: JsonType | None = None) -> Expression:
        """Whether a text is JSON, of a kind."""
        return self._call("isJson", *given(json_type))

    def json_exists(self, path: str, on_error: JsonExistsOnError | None = None) -> Expression:
        """Whether a path leads to a value."""
        return self._call("jsonExists", path, *given(on_error))

    def json_value(
        self,
        path: str,
        returning_type: t.DataType = _STRING,
        on_empty: JsonValueOnEmptyOrError = JsonValueOnEmptyOrError.NULL,
        default_on_empty: Any = None,
        on_error: JsonValueOnEmptyOrError = JsonValueOnEmptyOrError.NULL,
        default_on_error: Any = None,
    ) -> Expression:
        """The scalar that a path leads to."""
        rest = (on_empty, _default(default_on_empty, returning_type), on_error)
        kind = make(_json.symbol(returning_type.nullable().sql()))
        last = _default(default_on_error, returning_type)
        return self._call("jsonValue", path, kind, *rest, last)

    def json_query(
        self,
        path: str,
        wrapping_behavior: JsonQueryWrapper = JsonQueryWrapper.WITHOUT_ARRAY,
        on_empty: JsonQueryOnEmptyOrError = JsonQueryOnEmptyOrError.NULL,
        on_error: JsonQueryOnEmptyOrError = JsonQueryOnEmptyOrError.NULL,
    ) -> Expression:
        """The object or array that a path leads to, as JSON."""
        kind = make(_json.symbol("STRING"))
        return self._call("jsonQuery", path, kind, wrapping_behavior, on_empty, on_error)

    def json_quote(self) -> Expression:
        """The text as a JSON string."""
        return self._call("jsonQuote")

    def json_unquote(self) -> Expression:
        """The text that a JSON string stands for."""
        return self._call("jsonUnquote")


def _default(value: Any, data_type: t.DataType) -> Any:
    return make(_json.literal(value, data_type))
