"""What the cases share: the clock, the memory figure, the printed line, the sessions."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from typing import Any


def report(rows: int, seconds: float, cpu: float) -> None:
    """Prints the case's line: rows, seconds, CPU seconds and the most memory this process had."""
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu": cpu, "rss_mb": round(rss)}))


def timed(run: Callable[[int], int], rows: int, warm: int = 1000) -> None:
    """Runs once on a few rows, then on all; run says how many rows it has seen come out."""
    run(warm)
    start, cpu = time.perf_counter(), time.process_time()
    came = run(rows)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert came == rows, f"{came} rows of {rows}"
    report(rows, seconds, cpu)


def settings(config: Any) -> Any:
    """One subtask, and PyFlink's best settings where it is PyFlink that runs."""
    config.set("parallelism.default", "1")
    if os.environ.get("BENCH_ENGINE", "").startswith("pyflink"):
        thread = os.environ["BENCH_ENGINE"] == "pyflink-thread"
        config.set("python.execution-mode", "thread" if thread else "process")
        config.set("python.fn-execution.bundle.size", "100000")
        config.set("python.fn-execution.arrow.batch.size", "65536")
    return config


def size(rows: int) -> int:
    """The number of rows: as given, a tenth of it for PyFlink, which would take minutes."""
    return rows // 10 if os.environ.get("BENCH_ENGINE", "").startswith("pyflink") else rows
