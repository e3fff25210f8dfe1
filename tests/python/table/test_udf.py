"""Functions of the user's in tables and in SQL."""

from __future__ import annotations

import pytest
from conftest import changes, rows

from headrace.common import Row
from headrace.table import DataTypes, TableEnvironment
from headrace.table.data_view import ListView
from headrace.table.expressions import call, col
from headrace.table.udf import AggregateFunction, ScalarFunction, udaf, udf, udtf
from headrace.util.exceptions import ApiError


@udf(result_type=DataTypes.BIGINT())
def twice(n):
    return None if n is None else 2 * n


@udf
def annotated(n: int) -> list[str] | None:
    return [str(n)]


@udf(result_type="DOUBLE", func_type="pandas")
def halved(series):
    return series / 2


@udf(result_type="BIGINT", func_type="arrow")
def doubled(array):
    import pyarrow.compute as pc

    return pc.multiply(array, 2)


class Prefixed(ScalarFunction):
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def open(self, function_context) -> None:
        self.opened = function_context.get_index_of_this_subtask()

    def eval(self, *args):
        assert self.opened >= 0
        return f"{self.prefix}{args[0]}"


class Listed(AggregateFunction):
    def create_accumulator(self):
        return Row(ListView())

    def accumulate(self, accumulator, *args):
        accumulator[0].add(args[0])

    def get_value(self, accumulator):
        return ",".join(map(str, sorted(accumulator[0])))

    def get_result_type(self):
        return DataTypes.STRING()

    def get_accumulator_type(self):
        field = DataTypes.FIELD("all", DataTypes.LIST_VIEW(DataTypes.BIGINT()))
        return DataTypes.ROW([field])


def table_of(t_env: TableEnvironment):
    return t_env.from_elements([(1, "a"), (2, "b"), (3, "a")], ["n", "s"])


def test_scalar_functions(batch: TableEnvironment) -> None:
    pytest.importorskip("pandas")
    prefixed = udf(Prefixed("p"), result_type=DataTypes.STRING())
    found = table_of(batch).select(
        twice(col("n")), annotated(col("n")), halved(col("n")), doubled(col("n")),
        prefixed(col("n")),
    )  # fmt: skip
    assert rows(found)[0] == (2, ["1"], 0.5, 2, "p1")
    types = [t.sql() for t in found.get_schema().get_field_data_types()]
    assert types == ["BIGINT", "ARRAY<STRING>", "DOUBLE", "BIGINT", "STRING"]


def test_functions_in_sql(batch: TableEnvironment) -> None:
    batch.create_temporary_function("twice", twice)
    batch.create_temporary_system_function("lower", udf(lambda s: s + "!", result_type="STRING"))
    batch.create_temporary_view("t", table_of(batch))
    assert rows(batch.sql_query("SELECT twice(n), lower(s) FROM t WHERE twice(n) > 4")) == [
        (6, "a!")]  # fmt: skip
    assert rows(table_of(batch).select(call("twice", col("n"))))[0] == (2,)
    assert "twice" in batch.list_user_defined_functions()
    assert batch.drop_temporary_function("twice")
    assert not batch.drop_temporary_function("twice")


def test_map_and_flat_map(batch: TableEnvironment) -> None:
    field = DataTypes.FIELD
    row_type = DataTypes.ROW([field("m", DataTypes.BIGINT()), field("t", DataTypes.STRING())])
    mapped = table_of(batch).map(udf(lambda r: Row(r.n * 10, r.s), result_type=row_type))
    assert mapped.get_schema().get_field_names() == ["m", "t"]
    repeated = udtf(lambda r: [(r.t,)] * (r.m // 10), result_types=[DataTypes.STRING()])
    assert rows(mapped.flat_map(repeated).alias("x")) == [("a",)] * 4 + [("b",)] * 2


@pytest.mark.parametrize("kind", ["BIGINT", "DOUBLE", "STRING"])
def test_every_group_is_a_series_of_its_own(batch: TableEnvironment, kind: str) -> None:
    pd = pytest.importorskip("pandas")

    def look(series):
        want = pd.Series(series.tolist(), dtype=series.dtype)
        pd.testing.assert_series_equal(series, want, check_index_type="exact")
        series.index.name = "changed"  # nobody else sees it
        series.name = "changed"
        return f"{series.dtype} {series[0]} {len(series[1:])}"

    looked = udaf(look, result_type=DataTypes.STRING(), func_type="pandas")
    values = table_of(batch).select(col("n").cast(getattr(DataTypes, kind)()).alias("n"), col("s"))
    found = rows(values.group_by(col("s")).select(looked(col("n"))))
    dtype = {"BIGINT": "int64", "DOUBLE": "float64"}.get(kind)
    first = {"DOUBLE": ("1.0", "2.0")}.get(kind, ("1", "2"))
    dtype = dtype or str(pd.Series(["text"]).dtype)
    assert found == [(f"{dtype} {first[0]} 1",), (f"{dtype} {first[1]} 0",)]


def test_aggregates(streaming: TableEnvironment) -> None:
    listed = udaf(Listed())
    found = table_of(streaming).group_by(col("s")).select(col("s"), listed(col("n")))
    assert changes(found)[-1] == ("+U", "a", "1,3")


def test_the_users_exception_comes_back(batch: TableEnvironment) -> None:
    def broken(n):
        raise KeyError("the user's own")

    table = table_of(batch).select(udf(broken, result_type="INT")(col("n")))
    with pytest.raises(KeyError, match="the user's own"):
        list(table.execute().collect())


def test_bad_declarations() -> None:
    with pytest.raises(ApiError, match="no result type"):
        udf(lambda n: n)
    with pytest.raises(ApiError, match=r"not the class: Prefixed\(\)"):
        udf(Prefixed, result_type="INT")
    with pytest.raises(ApiError, match="func_type is one of"):
        udf(lambda n: n, result_type="INT", func_type="fast")
