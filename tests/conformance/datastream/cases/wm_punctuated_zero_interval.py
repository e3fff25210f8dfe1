TAGS = ["watermark"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, C = m.datastream, m.common
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value

    class P(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield (v, ctx.timestamp(), ctx.timer_service().current_watermark() <= v)
    env = m.env(conf={"pipeline.auto-watermark-interval": "0 ms"})
    return m.collect(env.from_collection([10, 5, 30]).assign_timestamps_and_watermarks(C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())).process(P()))
