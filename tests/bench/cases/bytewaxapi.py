"""bytewax over a list of numbers, from Python values to Python values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bytewax.operators as op
import common
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main


def of_numbers(build: Callable[[Any], Any], rows: int) -> None:
    """Times a dataflow over the numbers from 0 on."""
    data = list(range(rows))

    def run(n: int) -> int:
        out: list[Any] = []
        flow = Dataflow("case")
        s = op.input("in", flow, TestingSource(data[:n], batch_size=1000))
        op.output("out", build(s), TestingSink(out))
        run_main(flow)
        return len(out)

    common.timed(run, rows)
