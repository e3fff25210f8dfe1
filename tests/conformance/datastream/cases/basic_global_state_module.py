TAGS = ["basic"]
MODES = ["streaming"]


def run(m):
    counter = {"n": 0}
    big = list(range(1000))

    def f(v):
        counter["n"] += 1
        return (v, counter["n"], len(big))
    out = m.collect(m.env().from_collection([1, 2, 3]).map(f))
    return out + [counter["n"]]
