"""map(lambda) over elements of a declared type, int64 to int64, from a list into a list."""
import flinkapi

from pyflink.common import Types

flinkapi.of_stream("pyflink", lambda s: s.map(lambda x: x + 1, Types.LONG()), 2_000_000,
                   type_info=Types.LONG())
