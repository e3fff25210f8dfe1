TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common
    S = m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class Second(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    late = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(600)).with_timestamp_assigner(Second())

    def program(env):
        rules = S.MapStateDescriptor("rules", T.STRING(), T.PICKLED_BYTE_ARRAY())

        class Match(D.KeyedBroadcastProcessFunction):
            def open(self, ctx):
                self.held = ctx.get_list_state(S.ListStateDescriptor("held", T.PICKLED_BYTE_ARRAY()))

            def process_element(self, v, ctx):
                self.held.add(v)
                ctx.timer_service().register_event_time_timer(100000)
                if False:
                    yield

            def process_broadcast_element(self, v, ctx):
                s = ctx.get_broadcast_state(rules)
                if v[1] is None:
                    s.remove(v[0])
                else:
                    s.put(v[0], v[1])
                if False:
                    yield

            def on_timer(self, ts, ctx):
                s = ctx.get_broadcast_state(rules)
                for name, least in sorted(s.items()):
                    n = sum(1 for h in self.held.get() if h[2] >= least)
                    yield ctx.get_current_key(), name, n, ts, s.contains("gone")

        r = env.from_collection([("big", 40), ("gone", 1), ("all", 0), ("gone", None), ("big", 50)])
        ds = env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]).assign_timestamps_and_watermarks(late)
        return ds.key_by(lambda e: e[0], T.STRING()).connect(r.broadcast(rules)).process(Match())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
