"""PySpark with one core, into its own black hole; the range that it counts up is part of the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import common


def session() -> Any:
    """A session on this machine, quiet, with batches of 64 k rows for Arrow."""
    from pyspark.sql import SparkSession

    made = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "65536").getOrCreate())
    made.sparkContext.setLogLevel("ERROR")
    return made


SPARK = session()  # functions cannot be declared without one


def of_range(select: Callable[[Any], Any], rows: int) -> None:
    """Times a selection over the numbers from 0 on."""

    def run(n: int) -> int:
        select(SPARK.range(0, n, 1, 1)).write.format("noop").mode("overwrite").save()
        return n

    common.timed(run, rows)
