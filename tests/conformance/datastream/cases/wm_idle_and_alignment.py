TAGS = ["watermark"]
MODES = ["streaming"]


def run(m):
    D, C = m.datastream, m.common
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value

    class P(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield (v, ctx.timestamp(), ctx.timer_service().current_watermark())
    W = C.WatermarkStrategy
    out = []
    for ws in (W.for_monotonous_timestamps().with_timestamp_assigner(A()), W.for_bounded_out_of_orderness(C.Duration.of_millis(7)).with_timestamp_assigner(A()),
               W.no_watermarks().with_timestamp_assigner(A()), W.for_monotonous_timestamps()):
        env = m.env(conf={"pipeline.auto-watermark-interval": "600000 ms"})
        try:
            out.append(m.collect(env.from_collection([5, 6, 2]).assign_timestamps_and_watermarks(ws).process(P())))
        except Exception:
            out.append("failed")
    return out
