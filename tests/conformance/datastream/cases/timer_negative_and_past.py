TAGS = ["timer", "keyed"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, C = m.datastream, m.common
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value

    class P(D.KeyedProcessFunction):
        def process_element(self, v, ctx):
            ctx.timer_service().register_event_time_timer(v - 2000)
            ctx.timer_service().register_event_time_timer(-5)

        def on_timer(self, ts, ctx):
            yield (ts, ctx.timer_service().current_watermark())
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    env = m.env(conf={"pipeline.auto-watermark-interval": "600000 ms"})
    return m.collect(env.from_collection([1000, 3000, 2000]).assign_timestamps_and_watermarks(ws).key_by(lambda v: 0).process(P()))
