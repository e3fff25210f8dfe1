"""TPC-H at scale 1 from Parquet: all 22 queries, one after the other."""
import sys
import time
from collections.abc import Callable
from pathlib import Path

import common

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tpch"))
import tpch

SCALE = 1
DIRECTORY = tpch.data(SCALE)
ROWS = 8_661_245  # of all tables


def timed(run: Callable[[str], object]) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    for name in tpch.QUERIES:
        run(tpch.query(name, SCALE))
    common.report(ROWS, time.perf_counter() - start, time.process_time() - cpu)
