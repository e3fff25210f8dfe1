"""Functions of times, and intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.table import _json
from headrace.table import types as t
from headrace.table._expr.base import Base, given, make

if TYPE_CHECKING:
    from headrace.table.expression import Expression

_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}
_MS = {
    "WEEK": 604_800_000, "DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000,
    "MILLISECOND": 1,
}  # fmt: skip


class Times(Base):
    """Dates, times and intervals: lit(3).hours."""

    @property
    def to_date(self) -> Expression:
        """A text as a DATE."""
        return self._cast(t.DateType())

    @property
    def to_time(self) -> Expression:
        """A text as a TIME."""
        return self._cast(t.TimeType(0))

    @property
    def to_timestamp(self) -> Expression:
        """A text as a TIMESTAMP(3)."""
        return self._cast(t.TimestampType(3))

    def extract(self, time_interval_unit: Any) -> Expression:
        """A part of a time, by TimeIntervalUnit."""
        return self._call("extract", time_interval_unit)

    def floor(self, time_interval_unit: Any = None) -> Expression:
        """A number rounded down, or a time to the start of a unit."""
        return self._call("floor", *given(time_interval_unit))

    def ceil(self, time_interval_unit: Any = None) -> Expression:
        """A number rounded up, or a time to the next start of a unit."""
        return self._call("ceil", *given(time_interval_unit))

    def _interval(self, unit: str) -> Expression:
        literal = self._json.get("literal", {})
        if literal.get("type") in ("INT NOT NULL", "BIGINT NOT NULL"):
            count = int(literal["value"])
            if unit in _MONTHS:
                return make(_json.months(count * _MONTHS[unit]))
            return make(_json.interval(count * _MS[unit]))
        return self._call("milli" if unit == "MILLISECOND" else unit.lower())

    @property
    def year(self) -> Expression:
        """An interval of so many years."""
        return self._interval("YEAR")

    @property
    def years(self) -> Expression:
        """An interval of so many years."""
        return self._interval("YEAR")

    @property
    def quarter(self) -> Expression:
        """An interval of so many quarters."""
        return self._interval("QUARTER")

    @property
    def quarters(self) -> Expression:
        """An interval of so many quarters."""
        return self._interval("QUARTER")

    @property
    def month(self) -> Expression:
        """An interval of so many months."""
        return self._interval("MONTH")

    @property
    def months(self) -> Expression:
        """An interval of so many months."""
        return self._interval("MONTH")

    @property
    def week(self) -> Expression:
        """An interval of so many weeks."""
        return self._interval("WEEK")

    @property
    def weeks(self) -> Expression:
        """An interval of so many weeks."""
        return self._interval("WEEK")

    @property
    def day(self) -> Expression:
        """An interval of so many days."""
        return self._interval("DAY")

    @property
    def days(self) -> Expression:
        """An interval of so many days."""
        return self._interval("DAY")

    @property
    def hour(self) -> Expression:
        """An interval of so many hours."""
        return self._interval("HOUR")

    @property
    def hours(self) -> Expression:
        """An interval of so many hours."""
        return self._interval("HOUR")

    @property
    def minute(self) -> Expression:
        """An interval of so many minutes."""
        return self._interval("MINUTE")

    @property
    def minutes(self) -> Expression:
        """An interval of so many minutes."""
        return self._interval("MINUTE")

    @property
    def second(self) -> Expression:
        """An interval of so many seconds."""
        return self._interval("SECOND")

    @property
    def seconds(self) -> Expression:
        """An interval of so many seconds."""
        return self._interval("SECOND")

    @property
    def milli(self) -> Expression:
        """An interval of so many milliseconds."""
        return self._interval("MILLISECOND")

    @property
    def millis(self) -> Expression:
        """An interval of so many milliseconds."""
        return self._interval("MILLISECOND")
