TAGS = ["window", "trigger"]
MODES = ["streaming"]


def run(m):
    D, C, W = m.datastream, m.common, m.mod("datastream.window")

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (key, list(elements), str(ctx.window()), type(ctx.window()).__name__)
    k = lambda: m.env().from_collection([("a", i) for i in range(5)]).key_by(lambda e: e[0])
    return [m.collect(k().window(W.GlobalWindows.create()).trigger(W.CountTrigger.of(2)).process(P())), m.collect(k().window(W.GlobalWindows.create()).process(P()))]
