TAGS = ["errors", "timer"]
MODES = ["streaming"]


def run(m):
    D = m.datastream

    class P(D.KeyedProcessFunction):
        def process_element(self, e, ctx):
            ctx.timer_service().register_event_time_timer(5)
            return []

        def on_timer(self, ts, ctx):
            raise RuntimeError("in timer %d" % ts)  # MARK1

    class Q(D.ProcessFunction):
        def process_element(self, e, ctx):
            raise LookupError("proc %s" % e)  # MARK2
    out = [m.expect_failure(lambda: m.collect(m.env().from_collection([1]).key_by(lambda v: v).process(P())), ["RuntimeError: in timer 5", "on_timer"], mark="MARK1"),
           m.expect_failure(lambda: m.collect(m.env().from_collection([1]).process(Q())), ["LookupError: proc 1"], mark="MARK2")]
    return out
