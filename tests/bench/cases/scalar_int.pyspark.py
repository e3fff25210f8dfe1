"""A row function of PySpark."""
import sparkapi
from pyspark.sql.functions import col, udf
from pyspark.sql.types import LongType

plus = udf(lambda x: x + 1, LongType())
sparkapi.of_range(lambda numbers: numbers.select(plus(col("id"))), 2_000_000)
