TAGS = ["basic"]
MODES = ["streaming"]


def run(m):
    env = m.env()
    src = env.from_collection([[1], [2]]).map(lambda v: v + [0])

    def change(v):
        v.append("changed")
        return v
    a = src.map(change)
    b = src.map(lambda v: v + ["b"])
    return m.collect(a.union(b))
