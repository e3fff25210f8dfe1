"""max - min of a pandas Series over windows of 100 rows, in SQL."""
import common
import flinkapi
import udaf_window

from headrace.table import DataTypes
from headrace.table.udf import udaf


@udaf(result_type=DataTypes.DOUBLE(), func_type="pandas")
def spread(v):
    return v.max() - v.min()


common.timed(lambda n: udaf_window.run(flinkapi.environment("headrace"), spread, n),
             2_000_000, 100_000)
