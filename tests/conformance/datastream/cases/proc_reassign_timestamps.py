TAGS = ["process", "watermark"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, C = m.datastream, m.common
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def __init__(self, k):
            self.k = k

        def extract_timestamp(self, value, record_timestamp):
            return value * self.k + (record_timestamp if record_timestamp > 0 else 0)

    class Q(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield (v, ctx.timestamp())
    W = C.WatermarkStrategy
    env = m.env(conf={"pipeline.auto-watermark-interval": "600000 ms"})
    return m.collect(env.from_collection([3, 1, 2]).assign_timestamps_and_watermarks(W.for_monotonous_timestamps().with_timestamp_assigner(A(10)))
                     .assign_timestamps_and_watermarks(W.no_watermarks().with_timestamp_assigner(A(1000))).process(Q()))
