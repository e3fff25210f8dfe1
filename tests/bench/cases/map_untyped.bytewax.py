"""map over untyped elements."""
import bytewax.operators as op
import bytewaxapi

bytewaxapi.of_numbers(lambda s: op.map("plus", s, lambda x: x + 1), 1_000_000)
