TAGS = ["basic", "lifecycle"]
MODES = ["streaming", "batch"]


def run(m):
    D = m.datastream

    class C(D.MapFunction):
        def __init__(self):
            self.n = 0

        def map(self, v):
            self.n += 1
            return (v, self.n) if not isinstance(v, tuple) else (v[0], v[1], self.n)
    c = C()
    out = m.collect(m.env().from_collection([1, 2]).map(c).map(c))
    return [out, c.n]
