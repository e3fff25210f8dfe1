TAGS = ["keyed"]
MODES = ["streaming", "batch"]
ORDERED = True


def run(m):
    # the key is that of the element that came, not of the result
    ds = m.env().from_collection([("a", 1), ("a", 2), ("a", 3)])
    return m.collect(ds.key_by(lambda e: e[0]).reduce(lambda x, y: ("z", x[1] + y[1])))
