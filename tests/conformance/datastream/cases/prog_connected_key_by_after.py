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
        class Sum(D.KeyedCoProcessFunction):
            def open(self, ctx):
                self.n = ctx.get_reducing_state(S.ReducingStateDescriptor("n", lambda a, b: a + b, T.LONG()))

            def process_element1(self, v, ctx):
                self.n.add(v[2])
                ctx.timer_service().register_event_time_timer(9999)

            def process_element2(self, v, ctx):
                self.n.add(-1000)
                ctx.timer_service().register_event_time_timer(9999)

            def on_timer(self, ts, ctx):
                yield ctx.get_current_key(), self.n.get()

        e = [("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]
        a = env.from_collection(e).assign_timestamps_and_watermarks(late).key_by(lambda e: e[0])
        b = env.from_collection(e[:7]).assign_timestamps_and_watermarks(late).map(lambda e: e).key_by(lambda e: e[0])
        return a.connect(b).process(Sum())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
