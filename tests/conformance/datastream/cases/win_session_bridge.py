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
        def process(self, key, context, elements):
            yield (key, context.window().start, context.window().end, sorted(e[2] for e in elements), context.current_watermark())
    data = [("a", 0, 1), ("a", 180, 2), ("a", 90, 4), ("a", 400, 8), ("b", 5, 1), ("a", 290, 16)]
    return m.collect(m.env(2).from_collection(data).assign_timestamps_and_watermarks(late).key_by(lambda e: e[0])
        .window(W.EventTimeSessionWindows.with_gap(Time.milliseconds(100))).process(P()))
