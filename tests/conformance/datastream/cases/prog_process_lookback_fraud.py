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
        class Fraud(D.KeyedProcessFunction):
            """A small amount followed by a large one within a time, with a timer that is deleted."""

            def open(self, ctx):
                self.flag = ctx.get_state(S.ValueStateDescriptor("flag", T.BOOLEAN()))
                self.timer = ctx.get_state(S.ValueStateDescriptor("timer", T.LONG()))

            def process_element(self, v, ctx):
                if self.flag.value():
                    if v[2] > 30:
                        yield "alert", v[0], v[2]
                    ctx.timer_service().delete_event_time_timer(self.timer.value())
                    self.flag.clear()
                    self.timer.clear()
                if v[2] % 4 == 0:
                    self.flag.update(True)
                    at = ctx.timestamp() + 10
                    self.timer.update(at)
                    ctx.timer_service().register_event_time_timer(at)

            def on_timer(self, ts, ctx):
                yield "timer", ctx.get_current_key(), ts, self.flag.value(), self.timer.value()
                self.flag.clear()

        e = sorted([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)], key=lambda e: e[1])
        return env.from_collection(e).assign_timestamps_and_watermarks(late).key_by(lambda e: e[0]).process(Fraud()) if env.get_parallelism() == 1 else env.from_collection([1])

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
