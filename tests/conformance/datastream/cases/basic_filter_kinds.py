TAGS = ["basic"]
MODES = ["streaming", "batch"]


def run(m):
    D = m.datastream

    class F(D.FilterFunction):
        def filter(self, v):
            return v % 2

    ds = lambda: m.env().from_collection([0, 1, 2, 3])
    out = []
    for f in (F(), lambda v: v, lambda v: [] if v < 2 else [1], lambda v: None, lambda v: "x" * v):
        try:
            out.append(m.collect(ds().filter(f)))
        except Exception:
            out.append("failed")
    return out
