"""A row function in SQL, UTF-8 to UTF-8."""
import arrowapi
import pyarrow as pa

from headrace.table import DataTypes
from headrace.table.udf import udf

up = udf(lambda s: s.upper(), result_type=DataTypes.STRING())
names = pa.table({"name": pa.array([f"name-{i % 1000}" for i in range(3_000_000)])})
arrowapi.of_table(names, "SELECT up(name) FROM t", "STRING", {"up": up})
