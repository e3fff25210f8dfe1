"""Metrics that user functions register: kept in Python, read by the engine between batches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

__all__ = ["Counter", "Distribution", "Gauge", "Meter", "MetricGroup", "Registry"]


class Metric(Protocol):
    """Something whose change since the last look can be taken; None: no change."""

    kind: str

    def take(self) -> Any: ...


class Counter:
    """Counts up and down.

    >>> c = Counter()
    >>> c.inc(2), c.dec(), c.get_count()
    (None, None, 1)
    """

    kind = "counter"

    def __init__(self) -> None:
        self._count = 0
        self._taken = 0

    def inc(self, n: int = 1) -> None:
        """Adds n."""
        self._count += n

    def dec(self, n: int = 1) -> None:
        """Takes n away."""
        self._count -= n

    def get_count(self) -> int:
        """The count so far."""
        return self._count

    def take(self) -> int | None:
        """What was added since the last time."""
        change, self._taken = self._count - self._taken, self._count
        return change or None


class Meter:
    """Counts events and their rate."""

    kind = "meter"

    def __init__(self, time_span_in_seconds: int = 60) -> None:
        self._span = max(time_span_in_seconds, 1)
        self._count = 0
        self._taken = 0
        self._since = time.monotonic()

    def mark_event(self, value: int = 1) -> None:
        """Counts value events."""
        self._count += value

    def get_count(self) -> int:
        """The events so far."""
        return self._count

    def get_rate(self) -> float:
        """Events a second since the meter was made, over its time span at least."""
        return self._count / max(time.monotonic() - self._since, self._span)

    def take(self) -> int | None:
        """The events since the last time."""
        change, self._taken = self._count - self._taken, self._count
        return change or None


class Distribution:
    """Records integers; the engine keeps their distribution."""

    kind = "distribution"

    def __init__(self) -> None:
        self._values: list[int] = []

    def update(self, value: int) -> None:
        """Records a value."""
        self._values.append(int(value))

    def take(self) -> list[int] | None:
        """The values since the last time."""
        values, self._values = self._values, []
        return values or None


class Gauge:
    """A value that is asked for."""

    kind = "gauge"

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._last: float | None = None

    def take(self) -> float | None:
        """The value, where it has changed."""
        value = float(self._read())
        if value == self._last:
            return None
        self._last = value
        return value


M = TypeVar("M", bound="Counter | Meter | Distribution | Gauge")


class Registry:
    """All metrics of one function by name."""

    def __init__(self) -> None:
        self.metrics: dict[str, Metric] = {}

    def drain(self) -> list[tuple[str, str, Any]]:
        """What changed since the last call: kind, name, and amount or value."""
        changed = []
        for name, metric in self.metrics.items():
            amount = metric.take()
            if amount is not None:
                changed.append((metric.kind, name, amount))
        return changed


class MetricGroup:
    """A place in the tree of metric names.

    >>> r = Registry()
    >>> MetricGroup(r).add_group("io").counter("rows").inc(3)
    >>> r.drain()
    [('counter', 'io.rows', 3)]
    """

    def __init__(self, registry: Registry, path: tuple[str, ...] = ()) -> None:
        self._registry = registry
        self._path = path

    def add_group(self, name: str, extra: str | None = None) -> MetricGroup:
        """A group below this one; with extra a key and its value."""
        below = (name,) if extra is None else (name, extra)
        return MetricGroup(self._registry, self._path + below)

    def counter(self, name: str) -> Counter:
        """A new counter, or the one of that name."""
        return self._get(name, Counter, Counter)

    def meter(self, name: str, time_span_in_seconds: int = 60) -> Meter:
        """A new meter, or the one of that name."""
        return self._get(name, Meter, lambda: Meter(time_span_in_seconds))

    def distribution(self, name: str) -> Distribution:
        """A new distribution, or the one of that name."""
        return self._get(name, Distribution, Distribution)

    def gauge(self, name: str, obj: Callable[[], float]) -> None:
        """A gauge that calls obj."""
        self._get(name, Gauge, lambda: Gauge(obj))

    def _get(self, name: str, kind: type[M], make: Callable[[], M]) -> M:
        full = ".".join((*self._path, name))
        have = self._registry.metrics.setdefault(full, make())
        if not isinstance(have, kind):
            raise ValueError(f"metric '{full}' is a {type(have).__name__}, not a {kind.__name__}")
        return have
