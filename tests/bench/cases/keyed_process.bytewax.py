"""A count by key with state, 10,000 keys."""
import bytewax.operators as op
import bytewaxapi


def count(seen, value):
    n = (seen or 0) + 1
    return n, (value, n)


bytewaxapi.of_numbers(
    lambda s: op.stateful_map("count", op.key_on("key", s, lambda x: str(x % 10_000)), count),
    1_000_000)
