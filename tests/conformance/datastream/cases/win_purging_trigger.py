TAGS = ["window", "trigger"]
MODES = ["streaming"]


def run(m):
    D, C, W = m.datastream, m.common, m.mod("datastream.window")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (key, [e[1] for e in elements])
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    data = [("a", i * 100) for i in range(8)]
    w = m.env().from_collection(data).assign_timestamps_and_watermarks(ws).key_by(lambda e: e[0]).window(W.TumblingEventTimeWindows.of(C.Time.seconds(1)))
    a = m.collect(w.trigger(W.PurgingTrigger.of(W.CountTrigger.of(3))).process(P()))
    w = m.env().from_collection(data).assign_timestamps_and_watermarks(ws).key_by(lambda e: e[0]).window(W.TumblingEventTimeWindows.of(C.Time.seconds(1)))
    b = m.collect(w.trigger(W.PurgingTrigger.of(W.EventTimeTrigger.create())).process(P()))
    w = m.env().from_collection(data).key_by(lambda e: e[0]).window(W.GlobalWindows.create())
    c = m.collect(w.trigger(W.PurgingTrigger.of(W.CountTrigger.of(4))).reduce(lambda x, y: (x[0], x[1] + y[1])))
    d = m.collect(m.env().from_collection(data).key_by(lambda e: e[0]).window(W.GlobalWindows.create()).trigger(W.CountTrigger.of(4)).reduce(lambda x, y: (x[0], x[1] + y[1])))
    return [a, b, c, d]
