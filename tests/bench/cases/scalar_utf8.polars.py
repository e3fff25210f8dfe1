"""Polars' map_elements, called once a row."""
import common
import polars as pl

data = pl.DataFrame({"s": [f"name-{i % 1000}" for i in range(2_000_000)]})


def run(n):
    out = data.head(n).select(
        pl.col("s").map_elements(lambda s: s.upper(), return_dtype=pl.String))
    return out.height


common.timed(run, data.height)
