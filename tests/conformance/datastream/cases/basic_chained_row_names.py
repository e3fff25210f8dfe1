TAGS = ["types"]
MODES = ["streaming"]


def run(m):
    T, Row = m.common.Types, m.common.Row
    rt = T.ROW_NAMED(["a", "b"], [T.INT(), T.STRING()])
    env = m.env()
    src = env.from_collection([Row(1, "x")], rt)
    out = [m.collect(src.map(lambda r: (r.a, r["b"], r[0], str(r)))), m.collect(src.map(lambda r: r, rt)), m.collect(src.rebalance().map(lambda r: r.as_dict())),
           m.collect(src.map(lambda r: Row(r.a + 1, r.b), rt).rebalance().map(lambda r: str(r))), m.collect(src.map(lambda r: Row(b="z", a=5), rt))]
    return out
