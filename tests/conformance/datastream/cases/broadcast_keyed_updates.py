TAGS = ["broadcast", "state"]
MODES = ["streaming"]


def run(m):
    import time
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")
    desc = S.MapStateDescriptor("rules", T.STRING(), T.INT())

    class P(D.KeyedBroadcastProcessFunction):
        def __init__(self, d):
            self.d = d

        def open(self, ctx):
            S2 = smod
            self.n = ctx.get_state(S2.ValueStateDescriptor("n", tint))

        def process_element(self, v, ctx):
            self.n.update((self.n.value() or 0) + 1)
            st = ctx.get_broadcast_state(self.d)
            yield ("e", v, self.n.value(), ctx.get_current_key(), hasattr(st, "put"))

        def process_broadcast_element(self, v, ctx):
            st = ctx.get_broadcast_state(self.d)
            st.put(v[0], v[1])
            yield ("b", v, sorted(st.items()))
            st.remove("a")
            yield ("b2", sorted(st.keys()), st.contains("a"), st.get("zz"))
    smod, tint = S, T.INT()
    env = m.env()
    el = env.from_collection([("x", 1), ("y", 2), ("x", 3)])
    ru = env.from_collection([("a", 1), ("b", 2)])
    return m.collect(el.key_by(lambda e: e[0]).connect(ru.broadcast(desc)).process(P(desc)))
