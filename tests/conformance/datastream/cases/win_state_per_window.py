TAGS = ["window", "state"]
MODES = ["streaming"]


def run(m):
    D, C, T, W, S = m.datastream, m.common, m.common.Types, m.mod("datastream.window"), m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    class P(D.ProcessWindowFunction):
        def __init__(self):
            self.w = S.ValueStateDescriptor("w", T.INT())
            self.g = S.ValueStateDescriptor("g", T.INT())

        def process(self, key, ctx, elements):
            w, g = ctx.window_state().get_state(self.w), ctx.global_state().get_state(self.g)
            w.update((w.value() or 0) + 1)
            g.update((g.value() or 0) + 1)
            yield (key, ctx.window().start, len(list(elements)), w.value(), g.value())

        def clear(self, ctx):
            ctx.window_state().get_state(self.w).clear()
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    data = [("a", 10), ("a", 20), ("b", 30), ("a", 1010), ("a", 1020), ("a", 1030)]
    env = m.env(conf={"pipeline.auto-watermark-interval": "600000 ms"})
    return m.collect(env.from_collection(data).assign_timestamps_and_watermarks(ws).key_by(lambda e: e[0])
                     .window(W.TumblingEventTimeWindows.of(C.Time.seconds(1))).trigger(W.CountTrigger.of(2)).process(P()))
