"""Floor: a*b+sin(a) with numpy on slices of 64 k rows."""
import json
import time

import numpy as np

N, STEP = 16_777_216, 65_536
a = np.random.default_rng(1).random(N)
b = np.random.default_rng(2).random(N)


def run():
    for i in range(0, N, STEP):
        x, y = a[i:i + STEP], b[i:i + STEP]
        x * y + np.sin(x)


run()
t = time.perf_counter()
run()
print(json.dumps({"rows": N, "seconds": time.perf_counter() - t}))
