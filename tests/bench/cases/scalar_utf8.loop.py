"""Floor: a C loop of vectorcalls, UTF-8 to UTF-8."""
import ctypes
import json
import os
import time

import numpy as np
import pyarrow as pa

N = 3_000_000
lib = ctypes.PyDLL(os.environ["BENCH_FLOOR"])
lib.floor_utf8.restype = ctypes.c_int64
col = pa.array([f"name-{i % 1000}" for i in range(N)])
_, offs, data = col.buffers()
out_offs, out = np.empty(N + 1, np.int32), np.empty(data.size * 2, np.uint8)


def f(s):
    return s.upper()


t = time.perf_counter()
rc = lib.floor_utf8(ctypes.py_object(f), ctypes.c_void_p(offs.address),
                    ctypes.c_void_p(data.address), ctypes.c_int64(N),
                    ctypes.c_void_p(out_offs.ctypes.data), ctypes.c_void_p(out.ctypes.data))
assert rc >= 0
print(json.dumps({"rows": N, "seconds": time.perf_counter() - t}))
