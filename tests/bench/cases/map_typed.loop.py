"""Floor: a C loop of vectorcalls from one int64 column into another."""
import ctypes
import json
import os
import time

import numpy as np

N = 5_000_000
lib = ctypes.PyDLL(os.environ["BENCH_FLOOR"])
a = np.arange(N, dtype=np.int64)
out = np.empty_like(a)


def f(x):
    return x + 1


def run(n):
    rc = lib.floor_int64(ctypes.py_object(f), ctypes.c_void_p(a.ctypes.data),
                         ctypes.c_void_p(out.ctypes.data), ctypes.c_int64(n))
    assert rc == 0


run(100_000)
t = time.perf_counter()
run(N)
print(json.dumps({"rows": N, "seconds": time.perf_counter() - t}))
