TAGS = ["batch", "keyed", "process"]
MODES = ["batch"]
ORDERED = True


def run(m):
    D, C = m.datastream, m.common
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    class P(D.KeyedProcessFunction):
        def process_element(self, v, ctx):
            yield (v, ctx.timestamp(), ctx.timer_service().current_watermark())

    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    return m.collect(m.env().from_collection([("a", 30), ("a", 10), ("a", 20)]).assign_timestamps_and_watermarks(ws).key_by(lambda e: e[0]).process(P()))
