"""An arrow function with numpy inside, a*b+sin(a)."""
import arrowapi
import numpy as np
import pyarrow as pa

from headrace.table import DataTypes
from headrace.table.udf import udf

N = 16_777_216


@udf(result_type=DataTypes.DOUBLE(), func_type="numpy")
def f(a, b):
    return a * b + np.sin(a)


data = pa.table({"a": np.random.default_rng(1).random(N), "b": np.random.default_rng(2).random(N)})
arrowapi.of_table(data, "SELECT f(a, b) FROM t", "DOUBLE", {"f": f})
