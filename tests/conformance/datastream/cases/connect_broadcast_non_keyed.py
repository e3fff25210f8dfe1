TAGS = ["connect", "broadcast"]
MODES = ["streaming"]


def run(m):
    import time
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")
    d1, d2 = S.MapStateDescriptor("x", T.STRING(), T.INT()), S.MapStateDescriptor("y", T.INT(), T.STRING())

    class P(D.BroadcastProcessFunction):
        def __init__(self, a, b):
            self.a, self.b = a, b

        def process_element(self, v, ctx):
            yield ("e", v)

        def process_broadcast_element(self, v, ctx):
            ctx.get_broadcast_state(self.a).put(v, len(v))
            ctx.get_broadcast_state(self.b).put(len(v), v)
            x = ctx.get_broadcast_state(self.a)
            yield ("b", v, sorted(x.keys()), sorted(x.values()), sorted(ctx.get_broadcast_state(self.b).items()), x.contains(v), x.is_empty())
    env = m.env()
    return m.collect(env.from_collection([1]).connect(env.from_collection(["p", "qq"]).broadcast(d1, d2)).process(P(d1, d2)))
