TAGS = ["window", "session"]
MODES = ["streaming"]


def run(m):
    D, C, T, W = m.datastream, m.common, m.common.Types, m.mod("datastream.window")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    class Gap(W.SessionWindowTimeGapExtractor):
        def extract(self, element):
            return element[2]

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (key, ctx.window().start, ctx.window().end, sorted(e[1] for e in elements))
    ws = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(100)).with_timestamp_assigner(A())
    data = [("a", 0, 100), ("a", 90, 500), ("a", 700, 10), ("a", 705, 5), ("a", 580, 130), ("b", 0, 1)]
    return m.collect(m.env().from_collection(data).assign_timestamps_and_watermarks(ws).key_by(lambda e: e[0]).window(W.EventTimeSessionWindows.with_dynamic_gap(Gap())).process(P()))
