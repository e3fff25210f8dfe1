TAGS = ["keyed", "types"]
MODES = ["streaming", "batch"]


def run(m):
    T, Row = m.common.Types, m.common.Row
    env = m.env()
    typed = env.from_collection([("a", 1, 1.5), ("b", 2, 2.5), ("a", 3, 0.25)], T.TUPLE([T.STRING(), T.INT(), T.FLOAT()]))
    a = m.collect(typed.key_by(lambda e: e[0], T.STRING()).reduce(lambda x, y: (x[0], x[1] + y[1], x[2] + y[2])))
    rows = m.env().from_collection([Row("a", 1), Row("b", 2), Row("a", 3)], T.ROW_NAMED(["k", "n"], [T.STRING(), T.INT()]))
    b = m.collect(rows.key_by(lambda r: r.k).reduce(lambda x, y: Row(x.k, x.n + y.n)))
    return sorted(a) + sorted(b, key=str)
