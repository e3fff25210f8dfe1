TAGS = ["connect", "state", "timer"]
MODES = ["streaming"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class P(D.KeyedCoProcessFunction):
        def open(self, ctx):
            self.n = ctx.get_state(S.ValueStateDescriptor("n", T.INT()))
            self.l = ctx.get_list_state(S.ListStateDescriptor("l", T.STRING()))

        def process_element1(self, v, ctx):
            self.n.update((self.n.value() or 0) + v[1])
            ctx.timer_service().register_event_time_timer(100)

        def process_element2(self, v, ctx):
            self.l.add(v[1])
            ctx.timer_service().register_event_time_timer(100)

        def on_timer(self, ts, ctx):
            yield (ctx.get_current_key(), self.n.value(), sorted(self.l.get()), ts)
    env = m.env()
    a = env.from_collection([("x", 1), ("y", 2), ("x", 3)])
    b = env.from_collection([("x", "p"), ("z", "q")])
    r1 = m.collect(a.connect(b).key_by(lambda e: e[0], lambda e: e[0], T.STRING()).process(P()))
    r2 = m.collect(a.key_by(lambda e: e[0]).connect(b.key_by(lambda e: e[0])).process(P()))
    return [sorted(r1, key=str), sorted(r2, key=str)]
