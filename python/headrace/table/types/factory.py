"""DataTypes, which makes data types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.table.types.atomic import (
    BigIntType,
    BinaryType,
    BooleanType,
    CharType,
    DecimalType,
    DoubleType,
    FloatType,
    IntType,
    NullType,
    SmallIntType,
    TinyIntType,
    VarBinaryType,
    VarCharType,
)
from headrace.table.types.base import _MAX, DataType
from headrace.table.types.nested import (
    ArrayType,
    ListViewType,
    MapType,
    MapViewType,
    MultisetType,
    RowField,
    RowType,
)
from headrace.table.types.temporal import (
    DateType,
    DayTimeIntervalType,
    LocalZonedTimestampType,
    Resolution,
    TimestampType,
    TimeType,
    YearMonthIntervalType,
    _IntervalType,
)


class DataTypes:
    """Makes data types.

    >>> DataTypes.ARRAY(DataTypes.INT().not_null()).sql()
    'ARRAY<INT NOT NULL>'
    """

    @staticmethod
    def NULL() -> NullType:
        """The type of NULL alone."""
        return NullType()

    @staticmethod
    def CHAR(length: int, nullable: bool = True) -> CharType:
        """Text of a fixed length."""
        return CharType(length, nullable)

    @staticmethod
    def VARCHAR(length: int, nullable: bool = True) -> VarCharType:
        """Text up to a length."""
        return VarCharType(length, nullable)

    @staticmethod
    def STRING(nullable: bool = True) -> VarCharType:
        """Text."""
        return VarCharType(_MAX, nullable)

    @staticmethod
    def BOOLEAN(nullable: bool = True) -> BooleanType:
        """True or False."""
        return BooleanType(nullable)

    @staticmethod
    def BINARY(length: int, nullable: bool = True) -> BinaryType:
        """Bytes of a fixed length."""
        return BinaryType(length, nullable)

    @staticmethod
    def VARBINARY(length: int, nullable: bool = True) -> VarBinaryType:
        """Bytes up to a length."""
        return VarBinaryType(length, nullable)

    @staticmethod
    def BYTES(nullable: bool = True) -> VarBinaryType:
        """Bytes."""
        return VarBinaryType(_MAX, nullable)

    @staticmethod
    def DECIMAL(precision: int, scale: int, nullable: bool = True) -> DecimalType:
        """A decimal number of up to 38 digits."""
        return DecimalType(precision, scale, nullable)

    @staticmethod
    def TINYINT(nullable: bool = True) -> TinyIntType:
        """-128 to 127."""
        return TinyIntType(nullable)

    @staticmethod
    def SMALLINT(nullable: bool = True) -> SmallIntType:
        """16 bits."""
        return SmallIntType(nullable)

    @staticmethod
    def INT(nullable: bool = True) -> IntType:
        """32 bits."""
        return IntType(nullable)

    @staticmethod
    def BIGINT(nullable: bool = True) -> BigIntType:
        """64 bits."""
        return BigIntType(nullable)

    @staticmethod
    def FLOAT(nullable: bool = True) -> FloatType:
        """A 32-bit floating-point number."""
        return FloatType(nullable)

    @staticmethod
    def DOUBLE(nullable: bool = True) -> DoubleType:
        """A 64-bit floating-point number."""
        return DoubleType(nullable)

    @staticmethod
    def DATE(nullable: bool = True) -> DateType:
        """A day."""
        return DateType(nullable)

    @staticmethod
    def TIME(precision: int = 0, nullable: bool = True) -> TimeType:
        """A time of day with a number of fractional digits."""
        return TimeType(precision, nullable)

    @staticmethod
    def TIMESTAMP(precision: int = 6, nullable: bool = True) -> TimestampType:
        """A date and time without time zone."""
        return TimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_WITH_LOCAL_TIME_ZONE(
        precision: int = 6, nullable: bool = True
    ) -> LocalZonedTimestampType:
        """An instant, shown in the session's time zone."""
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_LTZ(precision: int = 6, nullable: bool = True) -> LocalZonedTimestampType:
        """An instant, shown in the session's time zone."""
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def ARRAY(element_type: DataType, nullable: bool = True) -> ArrayType:
        """A list of values of one type."""
        return ArrayType(element_type, nullable)

    @staticmethod
    def LIST_VIEW(element_type: DataType) -> ListViewType:
        """A list inside an accumulator."""
        return ListViewType(element_type)

    @staticmethod
    def MAP(key_type: DataType, value_type: DataType, nullable: bool = True) -> MapType:
        """Values by key."""
        return MapType(key_type, value_type, nullable)

    @staticmethod
    def MAP_VIEW(key_type: DataType, value_type: DataType) -> MapViewType:
        """A map inside an accumulator."""
        return MapViewType(key_type, value_type)

    @staticmethod
    def MULTISET(element_type: DataType, nullable: bool = True) -> MultisetType:
        """Values with their counts."""
        return MultisetType(element_type, nullable)

    @staticmethod
    def ROW(row_fields: Sequence[Any] = [], nullable: bool = True) -> RowType:
        """Named fields: FIELD objects, or (name, type) pairs."""
        fields = [f if isinstance(f, RowField) else RowField(*f) for f in row_fields]
        return RowType(fields, nullable)

    @staticmethod
    def FIELD(name: str, data_type: DataType, description: str | None = None) -> RowField:
        """A field of a ROW."""
        return RowField(name, data_type, description)

    @staticmethod
    def SECOND(precision: int = 6) -> Resolution:
        """The unit SECOND."""
        return Resolution("SECOND", precision)

    @staticmethod
    def MINUTE() -> Resolution:
        """The unit MINUTE."""
        return Resolution("MINUTE")

    @staticmethod
    def HOUR() -> Resolution:
        """The unit HOUR."""
        return Resolution("HOUR")

    @staticmethod
    def DAY(precision: int = 2) -> Resolution:
        """The unit DAY."""
        return Resolution("DAY", precision)

    @staticmethod
    def MONTH() -> Resolution:
        """The unit MONTH."""
        return Resolution("MONTH")

    @staticmethod
    def YEAR(precision: int = 2) -> Resolution:
        """The unit YEAR."""
        return Resolution("YEAR", precision)

    @staticmethod
    def INTERVAL(
        upper_resolution: Resolution, lower_resolution: Resolution | None = None
    ) -> _IntervalType:
        """An interval of months or of days to seconds."""
        order = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]
        upper = order.index(upper_resolution.unit)
        lower = upper if lower_resolution is None else order.index(lower_resolution.unit)
        if lower < upper or (upper < 2) != (lower < 2) or (lower == upper and lower_resolution):
            raise ValueError(
                f"an INTERVAL goes from years to months, or from days down to seconds, not from "
                f"{upper_resolution.unit} to {order[lower]}"
            )
        units = (upper_resolution,) if lower_resolution is None else (
            upper_resolution, lower_resolution)
        if upper_resolution.unit in ("YEAR", "MONTH"):
            return YearMonthIntervalType(True, *units)
        return DayTimeIntervalType(True, *units)
