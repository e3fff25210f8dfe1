"""The data of the tumbling_count cases: 1,000 keys, 100 rows a millisecond, windows of 10 s, in a
Parquet file that both engines read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N, KEYS, WINDOW_MS = 10_000_000, 1000, 10_000
WINDOWS = (N // 100 + WINDOW_MS - 1) // WINDOW_MS * KEYS  # windows × keys, all occupied


def file(n: int = N) -> Path:
    """A file of n rows: ts, k and v; written on first use."""
    path = Path(os.environ.get("BENCH_ROOT", ".")) / "build" / "bench" / f"tumbling-{n}.parquet"
    if not path.exists():
        i = np.arange(n, dtype=np.int64)
        ts = pa.array(i // 100).cast(pa.timestamp("ms"))
        part = path.with_suffix(".part")
        pq.write_table(pa.table({"ts": ts, "k": i * 7 % KEYS, "v": i % 977}), part,
                       compression="none", use_dictionary=False)
        part.rename(path)
    return path
