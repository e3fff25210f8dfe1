TAGS = ["side_output", "timer"]
MODES = ["streaming"]


def run(m):
    D, T = m.datastream, m.common.Types
    tag = D.OutputTag("t", T.TUPLE([T.STRING(), T.LONG()]))

    class P(D.KeyedProcessFunction):
        def process_element(self, v, ctx):
            ctx.timer_service().register_event_time_timer(v[1])
            yield tag, v
            yield v[0]

        def on_timer(self, ts, ctx):
            yield tag, (ctx.get_current_key(), ts + 1)
            yield "timer"
    r = m.env().from_collection([("a", 1), ("b", 2)]).key_by(lambda e: e[0]).process(P(), T.STRING())
    side = r.get_side_output(tag)
    return [m.collect(r), m.collect(side.key_by(lambda e: e[0]).sum(1)), str(side.get_type()), str(r.get_type())]
