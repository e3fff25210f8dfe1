"""Floor: the same in C, with reading the list into a column and making one of the results."""
import ctypes
import os

import common

lib = ctypes.PyDLL(os.environ["BENCH_FLOOR"])
lib.floor_list.restype = ctypes.py_object
f = lambda x: x + 1  # noqa: E731
data = list(range(2_000_000))
common.timed(
    lambda n: len(lib.floor_list(ctypes.py_object(f), ctypes.py_object(data[:n]))), len(data)
)
