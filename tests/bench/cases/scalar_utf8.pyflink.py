"""A row function in SQL, UTF-8 to UTF-8; the generator's time is part of it."""
import common
import flinkapi

from pyflink.table import DataTypes
from pyflink.table.udf import udf


def run(rows):
    env = flinkapi.environment("pyflink")
    upper = udf(lambda s: s.upper(), result_type=DataTypes.STRING())
    env.create_temporary_function("up", upper)
    env.execute_sql(flinkapi.DATAGEN.format(rows=rows, last=rows - 1))
    flinkapi.into_blackhole(env, "SELECT up(name) FROM t", "STRING")
    return rows


common.timed(run, common.size(50_000_000))
