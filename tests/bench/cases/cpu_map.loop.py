"""Floor of one core: a list comprehension that calls the function."""
import json
import time

import cpu

data = list(range(cpu.ROWS))
t = time.perf_counter()
out = [cpu.work(x) for x in data]
print(json.dumps({"rows": len(data), "seconds": time.perf_counter() - t}))
