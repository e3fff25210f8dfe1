"""Floor: a*b+sin(a) with numpy on slices of 64 k rows."""
import common
import numpy as np

N, STEP = 16_777_216, 65_536
a = np.random.default_rng(1).random(N)
b = np.random.default_rng(2).random(N)


def run(n):
    for i in range(0, n, STEP):
        x, y = a[i:i + STEP], b[i:i + STEP]
        x * y + np.sin(x)
    return n


common.timed(run, N, STEP)
