"""A filter that half the rows pass and a projection, over an Arrow table."""
import arrowapi
import numpy as np
import pyarrow as pa

N = 33_554_432
rng = np.random.default_rng(1)
data = pa.table({"a": rng.integers(0, 1000, N), "b": rng.integers(0, 1000, N)})
arrowapi.of_table(data, "SELECT a + b FROM t WHERE a < 500", "BIGINT", {})
