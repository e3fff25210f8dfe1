"""A row function of PySpark over text."""
import sparkapi
from pyspark.sql.functions import col, concat, lit, udf
from pyspark.sql.types import StringType

upper = udf(lambda s: s.upper(), StringType())
name = concat(lit("name-"), (col("id") % 1000).cast("string"))
sparkapi.of_range(lambda numbers: numbers.select(upper(name)), 2_000_000)
