"""map(lambda) over elements of a declared type, int64 columns to int64 columns."""
import flinkapi

from pyflink.common import Types

flinkapi.of_columns("pyflink", lambda s: s.map(lambda x: x + 1, Types.LONG()), 5_000_000)
