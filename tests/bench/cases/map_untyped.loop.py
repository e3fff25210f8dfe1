"""Floor: a list comprehension that calls the function."""
import common

f = lambda x: x + 1  # noqa: E731
data = list(range(2_000_000))
common.timed(lambda n: len([f(x) for x in data[:n]]), len(data))
