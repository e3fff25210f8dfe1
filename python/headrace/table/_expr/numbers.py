"""Functions of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table._expr.base import Base

if TYPE_CHECKING:
    from headrace.table.expression import Expression


class Numbers(Base):
    """Mathematics."""

    @property
    def exp(self) -> Expression:
        """e to the power of the number."""
        return self._call("exp")

    @property
    def log10(self) -> Expression:
        """The logarithm to base 10."""
        return self._call("log10")

    @property
    def log2(self) -> Expression:
        """The logarithm to base 2."""
        return self._call("log2")

    @property
    def ln(self) -> Expression:
        """The natural logarithm."""
        return self._call("ln")

    @property
    def cosh(self) -> Expression:
        """The hyperbolic cosine."""
        return self._call("cosh")

    @property
    def sinh(self) -> Expression:
        """The hyperbolic sine."""
        return self._call("sinh")

    @property
    def sin(self) -> Expression:
        """The sine."""
        return self._call("sin")

    @property
    def cos(self) -> Expression:
        """The cosine."""
        return self._call("cos")

    @property
    def tan(self) -> Expression:
        """The tangent."""
        return self._call("tan")

    @property
    def cot(self) -> Expression:
        """The cotangent."""
        return self._call("cot")

    @property
    def asin(self) -> Expression:
        """The arc sine."""
        return self._call("asin")

    @property
    def acos(self) -> Expression:
        """The arc cosine."""
        return self._call("acos")

    @property
    def atan(self) -> Expression:
        """The arc tangent."""
        return self._call("atan")

    @property
    def tanh(self) -> Expression:
        """The hyperbolic tangent."""
        return self._call("tanh")

    @property
    def degrees(self) -> Expression:
        """Radians as degrees."""
        return self._call("degrees")

    @property
    def radians(self) -> Expression:
        """Degrees as radians."""
        return self._call("radians")

    @property
    def sqrt(self) -> Expression:
        """The square root."""
        return self._call("sqrt")

    @property
    def abs(self) -> Expression:
        """The value without its sign."""
        return self._call("abs")

    @property
    def sign(self) -> Expression:
        """-1, 0 or 1."""
        return self._call("sign")

    def round(self, places: Any) -> Expression:
        """The number to so many decimal places, halves away from zero."""
        return self._call("round", places)

    def truncate(self, n: Any = 0) -> Expression:
        """The number cut to so many decimal places."""
        return self._call("truncate", n)

    @property
    def bin(self) -> Expression:
        """The number in binary digits."""
        return self._call("bin")

    @property
    def hex(self) -> Expression:
        """A number or text in hexadecimal digits."""
        return self._call("hex")

    @property
    def unhex(self) -> Expression:
        """The bytes that hexadecimal digits stand for."""
        return self._call("unhex")
