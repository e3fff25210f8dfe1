"""Truth values, numbers, texts and bytes."""

from __future__ import annotations

from headrace.table.types.base import _MAX, _Named, within


class AtomicType(_Named):
    """A type that holds one value."""


class NullType(AtomicType):
    """NULL."""

    NAME = "NULL"


class BooleanType(AtomicType):
    """BOOLEAN."""

    NAME = "BOOLEAN"


class NumericType(AtomicType):
    """A number."""


class IntegralType(NumericType):
    """A whole number."""


class TinyIntType(IntegralType):
    """TINYINT."""

    NAME = "TINYINT"


class SmallIntType(IntegralType):
    """SMALLINT."""

    NAME = "SMALLINT"


class IntType(IntegralType):
    """INT."""

    NAME = "INT"


class BigIntType(IntegralType):
    """BIGINT."""

    NAME = "BIGINT"


class FractionalType(NumericType):
    """A number with a fraction."""


class FloatType(FractionalType):
    """FLOAT."""

    NAME = "FLOAT"


class DoubleType(FractionalType):
    """DOUBLE."""

    NAME = "DOUBLE"


class DecimalType(FractionalType):
    """DECIMAL(precision, scale)."""

    def __init__(self, precision: int = 10, scale: int = 0, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.precision = within("the precision of a DECIMAL", precision, 1, 38)
        self.scale = within("the scale of a DECIMAL", scale, 0, precision)
        self.has_precision_info = True

    def _root(self) -> str:
        return f"DECIMAL({self.precision}, {self.scale})"

    def __repr__(self) -> str:
        return f"DecimalType({self.precision}, {self.scale}, {str(self._nullable).lower()})"


class _Sized(AtomicType):
    UNLIMITED = ""

    def __init__(self, length: int = 1, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.length = length

    def _root(self) -> str:
        if self.UNLIMITED and self.length == _MAX:
            return self.UNLIMITED
        return f"{self.NAME}({self.length})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.length}, {str(self._nullable).lower()})"


class CharType(_Sized):
    """CHAR(length)."""

    NAME = "CHAR"


class VarCharType(_Sized):
    """VARCHAR(length); STRING is the longest."""

    NAME = "VARCHAR"
    UNLIMITED = "STRING"


class BinaryType(_Sized):
    """BINARY(length)."""

    NAME = "BINARY"


class BitmapType(AtomicType):
    """BITMAP: a set of whole numbers, what BITMAP_BUILD gives; in Python its serialized bytes."""

    NAME = "BITMAP"


class VariantType(AtomicType):
    """VARIANT: a value of any shape, what PARSE_JSON gives; in Python what json.loads gives."""

    NAME = "VARIANT"


class VarBinaryType(_Sized):
    """VARBINARY(length); BYTES is the longest."""

    NAME = "VARBINARY"
    UNLIMITED = "BYTES"
