TAGS = ["keyed"]
MODES = ["streaming", "batch"]


def run(m):
    data = [("a", 1), ("a", 2.5), ("b", True), ("b", 2), ("a", -7)]
    k = lambda: m.env().from_collection(data).key_by(lambda e: e[0])
    return [m.collect(k().sum(1)), m.collect(k().max(1)), m.collect(k().min_by(1))]
