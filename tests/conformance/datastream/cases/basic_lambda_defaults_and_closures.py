TAGS = ["basic"]
MODES = ["streaming"]


def run(m):
    fs = [lambda v, k=k: v * k for k in (2, 3)]
    ds = m.env().from_collection([1, 2])
    for f in fs:
        ds = ds.map(f)
    loc = {"a": [1]}

    def rec(n):
        return 1 if n <= 1 else n * rec(n - 1)
    return [m.collect(ds), m.collect(m.env().from_collection([3, 4]).map(rec)), m.collect(m.env().from_collection([1]).map(lambda v: loc["a"] + [v]))]
