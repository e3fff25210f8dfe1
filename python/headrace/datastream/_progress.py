"""A line on the terminal that says how far a job is."""

from __future__ import annotations

import datetime
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TextIO

SETTING = "headrace.progress"
_FIRST_SECONDS = 2.0  # a shorter job shows nothing
_INTERVAL_SECONDS = 0.5
_MIN_TIME, _MAX_TIME = -(1 << 63), (1 << 63) - 1


class Progress:
    """Shows records, rate and watermark of each source while its with block runs.

    What the program prints to the terminal meanwhile wipes the line out first; so does the end.
    """

    def __init__(
        self,
        read: Callable[[], Mapping[str, Any]],
        sources: Iterable[str],
        stream: TextIO,
        first_seconds: float = _FIRST_SECONDS,
    ) -> None:
        self._read = read
        self._sources = list(dict.fromkeys(sources))
        self._stream = stream
        self._first_seconds = first_seconds
        self._started = time.monotonic()
        self._last: dict[str, tuple[float, int]] = {}
        self._over = threading.Event()
        self._shown = False
        self._wiping: dict[str, _Wiping] = {}
        self._thread = threading.Thread(target=self._run, name="headrace-progress", daemon=True)

    def __enter__(self) -> Progress:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and stream.isatty():
                self._wiping[name] = _Wiping(stream, self.wipe)
                setattr(sys, name, self._wiping[name])
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops, and wipes the line out."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for name, wiping in self._wiping.items():
            if getattr(sys, name) is wiping:
                setattr(sys, name, wiping.stream)
        self.wipe()

    def wipe(self) -> None:
        """Takes the line from the terminal until it is next shown."""
        if self._shown:
            self._shown = False
            self._write("")

    def _run(self) -> None:
        pause = self._first_seconds
        while not self._over.wait(pause):
            try:
                metrics = self._read()
            except Exception:  # the job has gone: nothing to show any more
                return
            self._write(self.line(metrics, time.monotonic()))
            self._shown = True
            pause = _INTERVAL_SECONDS

    def _write(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r\x1b[2K{line[:width]}\r")
        self._stream.flush()

    def line(self, metrics: Mapping[str, Any], now: float) -> str:
        """The text for the metrics of a moment."""
        parts = [self._source(name, metrics, now) for name in self._sources]
        return " | ".join([*parts, f"{now - self._started:.0f} s"])

    def _source(self, name: str, metrics: Mapping[str, Any], now: float) -> str:
        records = sum(_of(name, "numRecordsOut", metrics))
        since, before = self._last.get(name, (self._started, 0))
        rate = (records - before) / max(now - since, 1e-3)
        self._last[name] = (now, records)
        text = f"{name}: {records:,} records, {rate:,.0f}/s"
        watermark = min(_of(name, "currentOutputWatermark", metrics), default=_MIN_TIME)
        return text if watermark == _MIN_TIME else f"{text}, watermark {_time(watermark)}"


class _Wiping:
    """A stream on the terminal that has the line wiped out before it writes."""

    def __init__(self, stream: TextIO, wipe: Callable[[], None]) -> None:
        self.stream = stream
        self._wipe = wipe

    def write(self, text: str) -> int:
        self._wipe()
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def progress(
    setting: str, read: Callable[[], Mapping[str, Any]], sources: Iterable[str]
) -> Progress | None:
    """A progress line where the setting (auto, true or false) asks for one.

    auto: when the standard error stream is a terminal.
    """
    if setting not in ("auto", "true", "false"):
        raise ValueError(f"{SETTING} is auto, true or false, not {setting!r}")
    stream = sys.stderr
    if setting == "false" or stream is None:
        return None
    if setting == "auto" and not stream.isatty():
        return None
    return Progress(read, sources, stream)


def _of(operator: str, metric: str, metrics: Mapping[str, Any]) -> list[int]:
    """A metric of all subtasks of the operators of a name."""
    found = []
    for name, value in metrics.items():
        head, _, last = name.rpartition(".")
        owner, _, subtask = head.rpartition(".")
        if last == metric and subtask.isdigit() and owner.partition("#")[0] == operator:
            found.append(int(value))
    return found


def _time(millis: int) -> str:
    if millis == _MAX_TIME:
        return "at the end"
    try:
        moment = datetime.datetime.fromtimestamp(millis / 1000, datetime.timezone.utc)
    except (OverflowError, ValueError, OSError):
        return str(millis)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{millis % 1000:03d}"
