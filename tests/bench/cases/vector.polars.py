"""Polars' map_batches with numpy inside, a*b+sin(a)."""
import common
import numpy as np
import polars as pl

N = 16_777_216
data = pl.DataFrame({"a": np.random.default_rng(1).random(N),
                     "b": np.random.default_rng(2).random(N)})


def f(columns):
    a, b = (c.to_numpy() for c in columns)
    return pl.Series(a * b + np.sin(a))


def run(n):
    out = data.head(n).select(pl.map_batches(["a", "b"], f, return_dtype=pl.Float64))
    return out.height


common.timed(run, N)
