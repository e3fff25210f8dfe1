TAGS = ["connect", "broadcast", "timer"]
MODES = ["streaming"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")
    d1 = S.MapStateDescriptor("x", T.STRING(), T.INT())

    class P(D.KeyedBroadcastProcessFunction):
        def process_element(self, v, ctx):
            ctx.timer_service().register_event_time_timer(7)
            yield ("e", v, ctx.get_current_key())

        def process_broadcast_element(self, v, ctx):
            yield ("b", v)

        def on_timer(self, ts, ctx):
            yield ("t", ts, ctx.get_current_key())
    env = m.env()
    return m.collect(env.from_collection([("k", 1), ("l", 2)]).key_by(lambda e: e[0]).connect(env.from_collection(["p"]).broadcast(d1)).process(P()))
