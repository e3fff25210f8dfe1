TAGS = ["side"]
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

    tag = D.OutputTag("big", T.INT())
    class P(D.ProcessWindowFunction):
        def process(self, key, context, elements):
            n = sum(e[2] for e in elements)
            if n > 5:
                yield tag, n
            yield (key, n)
    data = [("a", 1, 1), ("b", 2, 9), ("a", 11, 4), ("a", 9, 8)]
    s = m.env().from_collection(data).assign_timestamps_and_watermarks(late).key_by(lambda e: e[0]) \
        .window(W.TumblingEventTimeWindows.of(Time.milliseconds(10))).process(P())
    return m.collect(s.get_side_output(tag).map(lambda x: ("big", x)).union(s))
