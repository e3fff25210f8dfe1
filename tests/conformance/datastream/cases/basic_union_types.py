TAGS = ["union", "errors"]
MODES = ["streaming"]


def run(m):
    T = m.common.Types
    env = m.env()
    a, b = env.from_collection([1], T.INT()), env.from_collection(["x"], T.STRING())
    c, d = env.from_collection([2], T.INT()), env.from_collection([3])
    out = [sorted(m.collect(a.union(c, c)))]
    for x, y in ((a, b), (a, d)):
        try:
            x.union(y)
            out.append("ok")
        except BaseException as e:
            out.append("failed")
    return out
