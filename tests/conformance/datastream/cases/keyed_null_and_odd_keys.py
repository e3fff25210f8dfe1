TAGS = ["keyed"]
MODES = ["streaming", "batch"]


def run(m):
    D = m.datastream

    class P(D.KeyedProcessFunction):
        def process_element(self, v, ctx):
            yield (repr(ctx.get_current_key()), v)
    data = [(None, 1), ((1, None), 2), (b"x", 3), (frozenset(), 4), ("", 5), (2 ** 70, 6), (-1, 7), (1.5, 8), ((("n",),), 9)]
    return m.collect(m.env(2).from_collection(data).key_by(lambda e: e[0]).process(P()))
