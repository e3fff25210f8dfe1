TAGS = ["basic", "types"]
MODES = ["streaming", "batch"]


def run(m):
    env = m.env()
    out = [m.collect(env.from_collection([(None, 1), [None], {"a": None}]).map(lambda v: (v, None)))]
    out.append(m.collect(m.env().from_collection([1, 2, 3]).flat_map(lambda v: [None, v] if v == 2 else [v]).map(lambda v: (v,))))
    out.append(m.collect(m.env().from_collection([1, 2, 3]).map(lambda v: None if v == 2 else v).filter(lambda v: v is not None)))
    return out
