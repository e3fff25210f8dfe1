TAGS = ["win"]
MODES = ["streaming"]
ORDERED = False


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common
    W, S = m.mod("datastream.window"), m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner
    Time = C.Time

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    mono = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    late = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(600)).with_timestamp_assigner(A())

    class P(D.ProcessWindowFunction):
        def open(self, ctx):
            self.opened = True
        def process(self, key, context, elements):
            ws = context.window_state().get_state(S.ValueStateDescriptor("n", T.INT()))
            gs = context.global_state().get_state(S.ValueStateDescriptor("g", T.INT()))
            ws.update((ws.value() or 0) + 1)
            gs.update((gs.value() or 0) + 1)
            yield (key, context.window().start, ws.value(), gs.value(), len(list(elements)))
        def clear(self, context):
            context.window_state().get_state(S.ValueStateDescriptor("n", T.INT())).clear()
    data = [("a", 0), ("a", 1), ("a", 12), ("a", 2), ("a", 3), ("a", 13), ("b", 5), ("b", 6)]
    return m.collect(m.env().from_collection(data).assign_timestamps_and_watermarks(late).key_by(lambda e: e[0])
        .window(W.TumblingEventTimeWindows.of(Time.milliseconds(10))).trigger(W.CountTrigger.of(2)).process(P()))
