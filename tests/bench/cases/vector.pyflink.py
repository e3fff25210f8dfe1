"""A pandas function a*b+sin(a) in SQL; the generator's time is part of it."""
import common
import flinkapi
import numpy as np

from pyflink.table import DataTypes
from pyflink.table.udf import udf


def run(rows):
    env = flinkapi.environment("pyflink")
    f = udf(lambda a, b: a * b + np.sin(a), result_type=DataTypes.DOUBLE(), func_type="pandas")
    env.create_temporary_function("f", f)
    env.execute_sql(flinkapi.DATAGEN.format(rows=rows, last=rows - 1))
    query = "SELECT f(CAST(x AS DOUBLE), CAST(x AS DOUBLE)) FROM t"
    flinkapi.into_blackhole(env, query, "DOUBLE")
    return rows


common.timed(run, common.size(50_000_000))
