TAGS = ["batch", "timer"]
MODES = ["batch"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.n = ctx.get_state(S.ValueStateDescriptor("n", T.INT()))

        def process_element(self, v, ctx):
            self.n.update((self.n.value() or 0) + 1)
            ctx.timer_service().register_event_time_timer(50)
            ctx.timer_service().register_processing_time_timer(10)

        def on_timer(self, ts, ctx):
            yield (ctx.get_current_key(), ts, self.n.value(), ctx.time_domain().name)
    return m.collect(m.env().from_collection(["a", "b", "a"]).key_by(lambda v: v).process(P()))
