"""Arithmetic, comparisons, conditions and what names or changes a value's type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table import _json
from headrace.table._expr.base import Base, json_of, make
from headrace.util.exceptions import ApiError

if TYPE_CHECKING:
    from headrace.table.expression import Expression
    from headrace.table.types import DataType


def swapped(name: str, left: Any, right: Any) -> Expression:
    """A call whose left side is a plain value."""
    return make(_json.call(name, json_of(left), json_of(right)))


class Operators(Base):
    """Operators of Python."""

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._call("equals", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._call("notEquals", other)

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> Expression:
        return self._call("lessThan", other)

    def __gt__(self, other: Any) -> Expression:
        return self._call("greaterThan", other)

    def __le__(self, other: Any) -> Expression:
        return self._call("lessThanOrEqual", other)

    def __ge__(self, other: Any) -> Expression:
        return self._call("greaterThanOrEqual", other)

    def __and__(self, other: Any) -> Expression:
        return self._call("and", other)

    def __or__(self, other: Any) -> Expression:
        return self._call("or", other)

    def __invert__(self) -> Expression:
        """As in PyFlink: true where the condition is NULL too; not_() keeps NULL."""
        return self._call("isNotTrue")

    def __rand__(self, other: Any) -> Expression:
        return self._call("and", other)

    def __ror__(self, other: Any) -> Expression:
        return self._call("or", other)

    def __add__(self, other: Any) -> Expression:
        return self._call("plus", other)

    def __sub__(self, other: Any) -> Expression:
        return self._call("minus", other)

    def __mul__(self, other: Any) -> Expression:
        return self._call("times", other)

    def __truediv__(self, other: Any) -> Expression:
        return self._call("divide", other)

    def __mod__(self, other: Any) -> Expression:
        return self._call("mod", other)

    def __pow__(self, other: Any) -> Expression:
        return self._call("power", other)

    def __neg__(self) -> Expression:
        return self._call("minusPrefix")

    def __radd__(self, other: Any) -> Expression:
        return swapped("plus", other, self)

    def __rsub__(self, other: Any) -> Expression:
        return swapped("minus", other, self)

    def __rmul__(self, other: Any) -> Expression:
        return self._call("times", other)

    def __rtruediv__(self, other: Any) -> Expression:
        return swapped("divide", other, self)

    def __rmod__(self, other: Any) -> Expression:
        return swapped("mod", other, self)

    def __rpow__(self, other: Any) -> Expression:
        return swapped("power", other, self)

    def __bool__(self) -> bool:
        raise ApiError(
            "an expression is neither true nor false before it runs: write & | ~ for and, or, not, "
            "with brackets around comparisons"
        )

    def __iter__(self) -> Any:
        raise TypeError("an expression cannot be iterated over")


class Conditions(Base):
    """Conditions and the value's name and type."""

    def between(self, lower_bound: Any, upper_bound: Any) -> Expression:
        """Whether the value lies between the bounds, both included."""
        return self._call("between", lower_bound, upper_bound)

    def not_between(self, lower_bound: Any, upper_bound: Any) -> Expression:
        """Whether the value lies outside the bounds."""
        return self._call("notBetween", lower_bound, upper_bound)

    def then(self, if_true: Any, if_false: Any) -> Expression:
        """One value where this condition holds, another where not."""
        return self._call("ifThenElse", if_true, if_false)

    def if_null(self, null_replacement: Any) -> Expression:
        """The value, or a replacement for NULL."""
        return self._call("ifNull", null_replacement)

    @property
    def is_null(self) -> Expression:
        """Whether the value is NULL."""
        return self._call("isNull")

    @property
    def is_not_null(self) -> Expression:
        """Whether the value is not NULL."""
        return self._call("isNotNull")

    @property
    def is_true(self) -> Expression:
        """Whether a condition is true, not false or NULL."""
        return self._call("isTrue")

    @property
    def is_false(self) -> Expression:
        """Whether a condition is false, not true or NULL."""
        return self._call("isFalse")

    @property
    def is_not_true(self) -> Expression:
        """Whether a condition is false or NULL."""
        return self._call("isNotTrue")

    @property
    def is_not_false(self) -> Expression:
        """Whether a condition is true or NULL."""
        return self._call("isNotFalse")

    def in_(self, first_element_or_table: Any, *remaining_elements: Any) -> Expression:
        """Whether the value is among the elements, or in the one column of a table."""
        return self._call("in", first_element_or_table, *remaining_elements)

    def alias(self, name: str, *extra_names: str) -> Expression:
        """Names the value; a table function's call takes a name for each column."""
        return make({"as": {"arg": self._json, "names": [name, *extra_names]}})

    def as_argument(self, name: str) -> Expression:
        """Passes the value under the name of a parameter."""
        return make({"as": {"arg": self._json, "names": [name]}})

    def cast(self, data_type: DataType) -> Expression:
        """The value in another type; what does not fit raises when the job runs."""
        return self._cast(data_type)

    def try_cast(self, data_type: DataType) -> Expression:
        """The value in another type; NULL where it does not fit."""
        return make({"cast": {"arg": self._json, "type": data_type.sql(), "try": True}})

    @property
    def asc(self) -> Expression:
        """Sorts upwards, NULLs first."""
        return self._call("asc")

    @property
    def desc(self) -> Expression:
        """Sorts downwards, NULLs last."""
        return self._call("desc")
