"""A pandas function of PySpark, a*b+sin(a)."""
import numpy as np
import pandas as pd
import sparkapi
from pyspark.sql.functions import col, pandas_udf


@pandas_udf("double")
def f(a: pd.Series, b: pd.Series) -> pd.Series:
    return a * b + np.sin(a)


x = col("id").cast("double")
sparkapi.of_range(lambda numbers: numbers.select(f(x, x)), 8_000_000)
