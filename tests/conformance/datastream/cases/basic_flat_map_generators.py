TAGS = ["basic"]
MODES = ["streaming", "batch"]
ORDERED = True


def run(m):
    D = m.datastream

    class F(D.FlatMapFunction):
        def flat_map(self, v):
            for i in range(v):
                yield i
            return

    def g(v):
        yield from (x for x in "ab" * v)
    out = [m.collect(m.env().from_collection([2, 0, 3]).flat_map(F()))]
    for f in (g, lambda v: range(v), lambda v: "xyz"[:v], lambda v: {v, }, lambda v: {v: 1}, lambda v: iter([v]), lambda v: (v, v)):
        out.append(m.collect(m.env().from_collection([1, 2]).flat_map(f)))
    return out
