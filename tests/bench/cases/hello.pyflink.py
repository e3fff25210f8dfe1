"""Ten rows and one Python function in a fresh process: all of it is timed, imports too."""
import time

start = time.perf_counter()

import common
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf

env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
common.settings(env.get_config())
plus = udf(lambda x: x + 1, result_type=DataTypes.BIGINT())
env.create_temporary_function("add_one", plus)
table = env.from_elements([(i,) for i in range(10)], DataTypes.ROW([
    DataTypes.FIELD("x", DataTypes.BIGINT())]))
env.create_temporary_view("t", table)
with env.execute_sql("SELECT add_one(x) FROM t").collect() as rows:
    assert sorted(r[0] for r in rows) == list(range(1, 11))
common.report(10, time.perf_counter() - start, time.process_time())
