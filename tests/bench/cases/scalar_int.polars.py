"""Polars' map_elements, called once a row."""
import common
import polars as pl

data = pl.DataFrame({"x": range(2_000_000)})


def run(n):
    out = data.head(n).select(pl.col("x").map_elements(lambda x: x + 1, return_dtype=pl.Int64))
    return out.height


common.timed(run, data.height)
