"""A row function in SQL, int64 to int64."""
import arrowapi
import pyarrow as pa

from headrace.table import DataTypes
from headrace.table.udf import udf

plus = udf(lambda x: x + 1, result_type=DataTypes.BIGINT())
arrowapi.of_table(pa.table({"x": pa.array(range(5_000_000))}), "SELECT plus(x) FROM t", "BIGINT",
                  {"plus": plus})
