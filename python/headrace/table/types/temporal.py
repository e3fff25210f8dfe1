"""Dates, times and intervals."""

from __future__ import annotations

from headrace.table.types.atomic import AtomicType
from headrace.table.types.base import within


class DateType(AtomicType):
    """DATE."""

    NAME = "DATE"


class _Precise(AtomicType):
    def __init__(self, precision: int = 0, nullable: bool = True) -> None:
        super().__init__(nullable)
        self.precision = within(f"the precision of a {self.NAME}", precision, 0, 9)

    def _root(self) -> str:
        return f"{self.NAME}({self.precision})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.precision}, {str(self._nullable).lower()})"


class TimeType(_Precise):
    """TIME(precision)."""

    NAME = "TIME"


class TimestampType(_Precise):
    """TIMESTAMP(precision), without time zone."""

    NAME = "TIMESTAMP"


class LocalZonedTimestampType(_Precise):
    """TIMESTAMP_LTZ(precision): an instant."""

    NAME = "TIMESTAMP_LTZ"


class ZonedTimestampType(_Precise):
    """TIMESTAMP(precision) WITH TIME ZONE; no column may have it."""

    NAME = "TIMESTAMP WITH TIME ZONE"


class Resolution:
    """A unit of an interval with its precision."""

    class IntervalUnit:
        """The names of the units."""

        SECOND, MINUTE, HOUR, DAY, MONTH, YEAR = "SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR"

    def __init__(self, unit: str, precision: int = -1) -> None:
        self._unit = unit
        self._precision = precision

    @property
    def unit(self) -> str:
        """The unit's name."""
        return self._unit

    @property
    def precision(self) -> int:
        """Digits, -1 where none were given."""
        return self._precision

    def __str__(self) -> str:
        return self._unit if self._precision < 0 else f"{self._unit}({self._precision})"


class _IntervalType(AtomicType):
    def __init__(self, nullable: bool = True, *units: Resolution) -> None:
        super().__init__(nullable)
        self.units = units


class DayTimeIntervalType(_IntervalType):
    """INTERVAL of days to seconds."""

    NAME = "INTERVAL SECOND(3)"


class YearMonthIntervalType(_IntervalType):
    """INTERVAL of years and months."""

    NAME = "INTERVAL MONTH"
