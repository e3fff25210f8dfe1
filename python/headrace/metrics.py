"""The metrics that functions register through their runtime context, for type annotations.

>>> from headrace.metrics import Counter
>>> events = Counter()
>>> events.inc(3)
>>> events.get_count()
3
"""

from __future__ import annotations

from headrace._runtime.metrics import Counter, Distribution, Meter, Metric, MetricGroup

__all__ = ["Counter", "Distribution", "Meter", "Metric", "MetricGroup"]
