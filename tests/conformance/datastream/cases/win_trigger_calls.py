TAGS = ["window", "trigger"]
MODES = ["streaming"]


def run(m):
    D, C, T, W = m.datastream, m.common, m.common.Types, m.mod("datastream.window")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    class Tr(W.Trigger):
        def on_element(self, element, timestamp, window, ctx):
            ctx.register_event_time_timer(window.max_timestamp())
            ctx.register_event_time_timer(window.start + 300)
            return W.TriggerResult.FIRE if element[1] % 1000 == 500 else W.TriggerResult.CONTINUE

        def on_processing_time(self, time, window, ctx):
            return W.TriggerResult.CONTINUE

        def on_event_time(self, time, window, ctx):
            return W.TriggerResult.FIRE_AND_PURGE if time == window.start + 300 else W.TriggerResult.FIRE

        def can_merge(self):
            return False

        def on_merge(self, window, ctx):
            pass

        def clear(self, window, ctx):
            ctx.delete_event_time_timer(window.max_timestamp())

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (key, ctx.window().start, [e[1] for e in elements])
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    env = m.env(conf={"pipeline.auto-watermark-interval": "600000 ms"})
    return m.collect(env.from_collection([("a", 100), ("a", 500), ("a", 700), ("b", 1500), ("b", 1600)]).assign_timestamps_and_watermarks(ws)
                     .key_by(lambda e: e[0]).window(W.TumblingEventTimeWindows.of(C.Time.seconds(1))).trigger(Tr()).process(P()))
