TAGS = ["keyed"]
MODES = ["streaming", "batch"]


def run(m):
    D, T = m.datastream, m.common.Types

    class Sel(D.KeySelector):
        def get_key(self, value):
            return (value["k"], value["n"] % 2)

    class P(D.KeyedProcessFunction):
        def process_element(self, v, ctx):
            yield (ctx.get_current_key(), v["n"])

    data = [{"k": "x", "n": i} for i in range(5)]
    a = m.collect(m.env().from_collection(data).key_by(Sel()).process(P()))
    b = m.collect(m.env().from_collection(data).key_by(Sel(), T.TUPLE([T.STRING(), T.INT()])).process(P()))
    return sorted(a) + sorted(b)
