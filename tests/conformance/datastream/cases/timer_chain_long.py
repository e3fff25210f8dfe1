TAGS = ["timer", "keyed"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.n = ctx.get_state(S.ValueStateDescriptor("n", T.INT()))

        def process_element(self, v, ctx):
            ctx.timer_service().register_event_time_timer(v)

        def on_timer(self, ts, ctx):
            n = (self.n.value() or 0) + 1
            self.n.update(n)
            yield (ctx.get_current_key(), ts, n)
            if n < 5:
                ctx.timer_service().register_event_time_timer(ts + 7)
    return m.collect(m.env().from_collection([3, 1, 2]).key_by(lambda v: 0).process(P()))
