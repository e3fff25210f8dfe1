"""A row function in SQL, int64 to int64; the generator's time is part of it."""
import common
import flinkapi

from pyflink.table import DataTypes
from pyflink.table.udf import udf


def run(rows):
    env = flinkapi.environment("pyflink")
    plus = udf(lambda x: x + 1, result_type=DataTypes.BIGINT())
    env.create_temporary_function("add_one", plus)
    env.execute_sql(flinkapi.DATAGEN.format(rows=rows, last=rows - 1))
    flinkapi.into_blackhole(env, "SELECT add_one(x) FROM t", "BIGINT")
    return rows


common.timed(run, common.size(50_000_000))
