"""A count by key with keyed state: 10,000 keys."""

from __future__ import annotations

import importlib
from typing import Any

import common
import flinkapi


def run(base: str, rows: int, options: dict[str, str]) -> None:
    """Times a KeyedProcessFunction with a ValueState."""
    types = importlib.import_module(base + ".common").Types
    function = importlib.import_module(base + ".datastream").KeyedProcessFunction
    descriptor = importlib.import_module(base + ".datastream.state").ValueStateDescriptor

    class Count(function):  # type: ignore[misc, valid-type]
        def open(self, runtime_context: Any) -> None:
            self.seen = runtime_context.get_state(descriptor("seen", types.LONG()))

        def process_element(self, value: int, ctx: Any) -> Any:
            n = (self.seen.value() or 0) + 1
            self.seen.update(n)
            yield value, n

    flinkapi.of_stream(base, lambda s: s.key_by(lambda x: x % 10_000).process(Count()), rows,
                       options)


def loop(rows: int) -> None:
    """Times the same in a plain Python loop with a dict."""
    key = lambda x: x % 10_000  # noqa: E731
    data = list(range(rows))

    def process(seen: dict[int, int], k: int, value: int) -> Any:
        n = (seen.get(k) or 0) + 1
        seen[k] = n
        yield value, n

    def run(n: int) -> int:
        seen: dict[int, int] = {}
        out: list[Any] = []
        for x in data[:n]:
            out.extend(process(seen, key(x), x))
        return len(out)

    common.timed(run, rows)
