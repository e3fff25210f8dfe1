"""map(lambda) over untyped elements."""
import flinkapi

flinkapi.of_stream("pyflink", lambda s: s.map(lambda x: x + 1), 2_000_000)
