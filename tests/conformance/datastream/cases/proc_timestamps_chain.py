TAGS = ["process", "watermark"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, C = m.datastream, m.common
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value * 10

    class P(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield (v, ctx.timestamp(), ctx.timer_service().current_watermark())
            yield v

    class Q(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield (v, ctx.timestamp())
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    env = m.env(conf={"pipeline.auto-watermark-interval": "600000 ms"})
    return m.collect(env.from_collection([3, 1, 2]).assign_timestamps_and_watermarks(ws).process(P()).map(lambda v: v).flat_map(lambda v: [v, v]).filter(lambda v: True).process(Q()))
