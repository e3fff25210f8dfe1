"""The Python functions of the streaming programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headrace.table import AggregateFunction, DataTypes, TableEnvironment
from headrace.table.udf import udaf, udf, udtf


class Total(AggregateFunction[Any, Any]):
    """A sum that can take back and merge."""

    def create_accumulator(self) -> Any:
        return [0, 0]

    def accumulate(self, accumulator: Any, *args: Any) -> None:
        if args[0] is not None:
            accumulator[0] += args[0]
            accumulator[1] += 1

    def retract(self, accumulator: Any, *args: Any) -> None:
        if args[0] is not None:
            accumulator[0] -= args[0]
            accumulator[1] -= 1

    def merge(self, accumulator: Any, accumulators: Any) -> None:
        for other in accumulators:
            accumulator[0] += other[0]
            accumulator[1] += other[1]

    def get_value(self, accumulator: Any) -> Any:
        return accumulator[0] if accumulator[1] else None

    def get_accumulator_type(self) -> Any:
        return DataTypes.ARRAY(DataTypes.BIGINT())

    def get_result_type(self) -> Any:
        return DataTypes.BIGINT()


def register(t_env: TableEnvironment) -> None:
    t_env.create_temporary_function(
        "py_inc", udf(lambda v: None if v is None else v + 1, result_type=DataTypes.INT())
    )
    t_env.create_temporary_function("py_sum", udaf(Total()))

    @udtf(result_types=[DataTypes.INT()])
    def upto(n: int | None) -> Iterator[int]:
        yield from range(min(n or 0, 3))

    t_env.create_temporary_function("py_upto", upto)
