TAGS = ["window"]
MODES = ["streaming"]


def run(m):
    D, C, W = m.datastream, m.common, m.mod("datastream.window")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (ctx.window().start, ctx.window().end, sorted(elements))
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    ds = lambda: m.env().from_collection([-86400000, -1, 0, 3600000, 86399999, 90000000]).assign_timestamps_and_watermarks(ws).key_by(lambda v: 0)
    return [m.collect(ds().window(W.TumblingEventTimeWindows.of(C.Time.days(1), C.Time.hours(-8))).process(P())), m.collect(ds().window(W.TumblingEventTimeWindows.of(C.Time.hours(1), C.Time.minutes(15))).process(P())),
            m.collect(ds().window(W.SlidingEventTimeWindows.of(C.Time.days(1), C.Time.hours(12), C.Time.hours(1))).process(P()))]
