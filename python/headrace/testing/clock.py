"""A clock that stands still until a test moves it."""

from __future__ import annotations

from typing import Protocol


class Follower(Protocol):
    """What moves with a clock."""

    def advance_processing_time(self, now: int) -> None:
        """Fires what is due."""


class ManualClock:
    """Processing time in milliseconds, for any number of harnesses.

    >>> clock = ManualClock(1000)
    >>> clock.advance(500)
    >>> clock.now()
    1500
    """

    def __init__(self, now: int = 0) -> None:
        self._now = now
        self._followers: list[Follower] = []

    def now(self) -> int:
        """The time."""
        return self._now

    def advance(self, millis: int) -> None:
        """Moves the time on; the timers of all harnesses of this clock fire."""
        if millis < 0:
            raise ValueError(f"a clock goes forward: advance() takes 0 or more, not {millis}")
        self._now += millis
        for follower in self._followers:
            follower.advance_processing_time(self._now)

    def attach(self, follower: Follower) -> None:
        """Lets something move with the clock, to its present time at once."""
        self._followers.append(follower)
        follower.advance_processing_time(self._now)
