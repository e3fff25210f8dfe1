TAGS = ["keyed", "errors"]
MODES = ["streaming"]


def run(m):
    T = m.common.Types
    data = [("a", "x", 3), ("a", "y", 1), ("b", "c", 5), ("a", "A", 9)]
    def ds():
        return m.env().from_collection(data, T.TUPLE([T.STRING(), T.STRING(), T.INT()])).key_by(lambda e: e[0])
    out = [sorted(m.collect(ds().min(1))), sorted(m.collect(ds().max(1))), sorted(m.collect(ds().max_by(1))), sorted(m.collect(ds().min_by(2)))]
    out.append(m.expect_failure(lambda: m.collect(ds().sum(1)), []))
    return out
