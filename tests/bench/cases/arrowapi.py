"""headrace over an Arrow table: one query into a black hole."""

from __future__ import annotations

from typing import Any

import common
import flinkapi
import pyarrow as pa


def of_table(data: pa.Table, query: str, type_: str, functions: dict[str, Any]) -> None:
    """Times a query of one column over `t`."""
    env = flinkapi.environment("headrace")
    for name, function in functions.items():
        env.create_temporary_function(name, function)

    def run(rows: int) -> int:
        env.create_temporary_view(f"t{rows}", env.from_arrow(data.slice(0, rows)))
        flinkapi.into_blackhole(env, query.replace("FROM t", f"FROM t{rows}"), type_)
        return rows

    common.timed(run, data.num_rows)
