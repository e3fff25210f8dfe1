"""Lengths of time and instants."""

from __future__ import annotations

import re

__all__ = ["Duration", "Instant", "Time"]

_MS = {"": 1, "ms": 1, "s": 1000, "min": 60_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WORDS = {
    "milli": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "minute": "min", "minutes": "min", "hour": "h", "hours": "h", "day": "d", "days": "d",
}  # fmt: skip


class Duration:
    """A length of time in nanoseconds.

    >>> Duration.of_seconds(2) == Duration.of_millis(2000)
    True
    """

    __slots__ = ("_nanos",)

    def __init__(self, nanos: int) -> None:
        self._nanos = nanos

    @staticmethod
    def of_days(days: int) -> Duration:
        """A duration of 24-hour days."""
        return Duration(days * 86_400_000_000_000)

    @staticmethod
    def of_hours(hours: int) -> Duration:
        """A duration of hours."""
        return Duration(hours * 3_600_000_000_000)

    @staticmethod
    def of_minutes(minutes: int) -> Duration:
        """A duration of minutes."""
        return Duration(minutes * 60_000_000_000)

    @staticmethod
    def of_seconds(seconds: int) -> Duration:
        """A duration of seconds."""
        return Duration(seconds * 1_000_000_000)

    @staticmethod
    def of_millis(millis: int) -> Duration:
        """A duration of milliseconds."""
        return Duration(millis * 1_000_000)

    @staticmethod
    def of_nanos(nanos: int) -> Duration:
        """A duration of nanoseconds."""
        return Duration(nanos)

    def to_millis(self) -> int:
        """Whole milliseconds, rounded down.

        >>> Duration.of_nanos(1_999_999).to_millis()
        1
        """
        return self._nanos // 1_000_000

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and self._nanos == other._nanos

    def __hash__(self) -> int:
        return hash(self._nanos)

    def __repr__(self) -> str:
        return f"Duration({self._nanos} ns)"


class Instant:
    """A point on the UTC time line: seconds since the epoch and nanoseconds within the second.

    >>> Instant.of_epoch_milli(-1)
    Instant<-1, 999000000>
    """

    __slots__ = ("nanos", "seconds")

    def __init__(self, seconds: int, nanos: int) -> None:
        self.seconds = seconds
        self.nanos = nanos

    @staticmethod
    def of_epoch_milli(epoch_milli: int) -> Instant:
        """The instant that many milliseconds after the epoch."""
        seconds, millis = divmod(epoch_milli, 1000)
        return Instant(seconds, millis * 1_000_000)

    def to_epoch_milli(self) -> int:
        """Milliseconds since the epoch, rounded down."""
        return self.seconds * 1000 + self.nanos // 1_000_000

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instant):
            return False
        return self.seconds == other.seconds and self.nanos == other.nanos

    def __lt__(self, other: Instant) -> bool:
        return (self.seconds, self.nanos) < (other.seconds, other.nanos)

    def __hash__(self) -> int:
        return hash((self.seconds, self.nanos))

    def __repr__(self) -> str:
        return f"Instant<{self.seconds}, {self.nanos}>"


class Time:
    """A length of time in milliseconds, as windows take it.

    >>> Time.minutes(1).to_milliseconds()
    60000
    """

    __slots__ = ("_milliseconds",)

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    @staticmethod
    def milliseconds(milliseconds: int) -> Time:
        """A time of milliseconds."""
        return Time(milliseconds)

    @staticmethod
    def seconds(seconds: int) -> Time:
        """A time of seconds."""
        return Time(seconds * 1000)

    @staticmethod
    def minutes(minutes: int) -> Time:
        """A time of minutes."""
        return Time(minutes * 60_000)

    @staticmethod
    def hours(hours: int) -> Time:
        """A time of hours."""
        return Time(hours * 3_600_000)

    @staticmethod
    def days(days: int) -> Time:
        """A time of 24-hour days."""
        return Time(days * 86_400_000)

    def to_milliseconds(self) -> int:
        """The number of milliseconds."""
        return self._milliseconds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self._milliseconds == other._milliseconds

    def __hash__(self) -> int:
        return hash(self._milliseconds)

    def __str__(self) -> str:
        return f"{self._milliseconds} ms"


def parse_duration_ms(text: str) -> int:
    """Milliseconds of a configuration value such as '10 s', '1 min' or '250'.

    >>> parse_duration_ms("10 s"), parse_duration_ms("250")
    (10000, 250)
    """
    found = re.fullmatch(r"\s*(-?\d+)\s*([A-Za-z]*)\s*", text)
    if found:
        unit = _WORDS.get(found[2].lower(), found[2].lower())
        if unit in _MS:
            return int(found[1]) * _MS[unit]
        if unit in ("us", "micros", "ns", "nanos"):
            return int(found[1]) // (1000 if unit in ("us", "micros") else 1_000_000)
    raise ValueError(f"{text!r} is not a duration; write a number and a unit, as in '10 s'")


def millis_of(value: Time | Duration | int, what: str) -> int:
    """Milliseconds of an argument that callers may give as Time, Duration or int."""
    if isinstance(value, Time):
        return value.to_milliseconds()
    if isinstance(value, Duration):
        return value.to_millis()
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{what} must be a Time, as in Time.seconds(5), not {value!r}")
