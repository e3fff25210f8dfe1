"""Timers."""

from abc import ABC, abstractmethod

__all__ = ["TimerService"]


class TimerService(ABC):
    """Reads the time and sets timers for the current key. Times are milliseconds since the epoch.

    A timer is unique per key and time: registering it twice fires it once.
    """

    @abstractmethod
    def current_processing_time(self) -> int:
        """The clock's time."""

    @abstractmethod
    def current_watermark(self) -> int:
        """The watermark, the smallest 64-bit integer before the first one."""

    @abstractmethod
    def register_processing_time_timer(self, timestamp: int) -> None:
        """Calls on_timer once the clock reaches that time."""

    @abstractmethod
    def register_event_time_timer(self, timestamp: int) -> None:
        """Calls on_timer once the watermark reaches that time."""

    @abstractmethod
    def delete_processing_time_timer(self, timestamp: int) -> None:
        """Takes a registration back; nothing happens where there is none."""

    @abstractmethod
    def delete_event_time_timer(self, timestamp: int) -> None:
        """Takes a registration back; nothing happens where there is none."""
