"""Floor: the same in a plain Python loop with a dict."""
import common

key = lambda x: x % 10_000  # noqa: E731
data = list(range(1_000_000))


def process(seen, k, value):
    n = (seen.get(k) or 0) + 1
    seen[k] = n
    yield value, n


def run(n):
    seen, out = {}, []
    for x in data[:n]:
        out.extend(process(seen, key(x), x))
    return len(out)


common.timed(run, len(data))
