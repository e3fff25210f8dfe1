"""Floor: the same in a plain Python loop with a dict."""
import common

make, key, add = (lambda x: (x % 10_000, x)), (lambda e: e[0]), (lambda a, b: (a[0], a[1] + b[1]))
data = list(range(1_000_000))


def run(n):
    held, out = {}, []
    for x in data[:n]:
        e = make(x)
        k = key(e)
        held[k] = e = add(held[k], e) if k in held else e
        out.append(e)
    return len(out)


common.timed(run, len(data))
