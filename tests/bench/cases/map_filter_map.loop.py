"""Floor: the same in a plain Python loop."""
import common

f, keep, g = (lambda x: (x, x * 2)), (lambda e: e[0] >= 0), (lambda e: (e[1], "v"))
data = list(range(2_000_000))


def run(n):
    out = []
    for x in data[:n]:
        e = f(x)
        if keep(e):
            out.append(g(e))
    return len(out)


common.timed(run, len(data))
