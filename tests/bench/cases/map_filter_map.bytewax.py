"""map, filter, map over tuples of scalars."""
import bytewax.operators as op
import bytewaxapi


def build(s):
    s = op.map("pair", s, lambda x: (x, x * 2))
    s = op.filter("keep", s, lambda e: e[0] >= 0)
    return op.map("turn", s, lambda e: (e[1], "v"))


bytewaxapi.of_numbers(build, 1_000_000)
