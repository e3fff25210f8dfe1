TAGS = ["keyed", "union"]
MODES = ["streaming"]


def run(m):
    env = m.env()
    a = env.from_collection([("a", 1), ("b", 2)]).key_by(lambda e: e[0])
    b = env.from_collection([("a", 3)]).key_by(lambda e: e[0])
    out = []
    try:
        u = a.union(b)
        out.append(type(u).__name__)
        out.append(sorted(m.collect(u)))
    except Exception as e:
        out.append(type(e).__name__)
    return out
