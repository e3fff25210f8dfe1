"""A full sort of rows of a 16-byte key and 84 bytes of payload; they all but fill its 256 MB.

The rows are Python tuples before and after it: to hand them in and out is in the figure."""
import random

import common
import flinkapi

N = 1_000_000
rng = random.Random(1)
PAYLOAD = b"p" * 84
data = [(rng.randbytes(16), PAYLOAD) for _ in range(N)]


def run(n):
    options = {"execution.runtime-mode": "BATCH", "execution.sort-partition.memory": "256mb"}
    rows = flinkapi.stream_environment("headrace", options).from_collection(data[:n])
    with rows.full_window_partition().sort_partition(0).execute_and_collect() as ordered:
        return sum(1 for _ in ordered)


common.timed(run, N)
