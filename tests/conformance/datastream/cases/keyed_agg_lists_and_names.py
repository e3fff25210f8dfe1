TAGS = ["keyed", "errors"]
MODES = ["streaming"]


def run(m):
    Row = m.common.Row
    k = lambda d: m.env().from_collection(d).key_by(lambda e: 0)
    out = []
    for d, f in (([[1, 2], [3, 4]], lambda s: s.sum(1)), ([Row(1, 2), Row(3, 4)], lambda s: s.max(0)), ([{"a": 1}], lambda s: s.sum("a")), ([{"a": 1}, {"a": 2}], lambda s: s.sum("a")),
                 ([(1, 2), (3, 4)], lambda s: s.sum(-1)), ([(1, 2), (3, 4)], lambda s: s.sum(5)), ([1, 2], lambda s: s.sum()), ([1, 2], lambda s: s.max_by()), (["a", "c", "b"], lambda s: s.max()), ([1.5, 0.5], lambda s: s.min(0))):
        try:
            out.append(m.collect(f(k(d))))
        except Exception as e:
            out.append("failed")
    return list(enumerate(out))
