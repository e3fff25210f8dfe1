TAGS = ["window"]
MODES = ["streaming"]


def run(m):
    from typing import Collection, Tuple
    D, C, T, W = m.datastream, m.common, m.common.Types, m.mod("datastream.window")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    class Own(W.WindowAssigner):
        def assign_windows(self, element, timestamp, context):
            s = timestamp - timestamp % 100
            return [W.TimeWindow(s, s + 100), W.TimeWindow(s, s + 1000)] if timestamp < 200 else [W.TimeWindow(s, s + 100)]

        def get_default_trigger(self, env):
            return W.EventTimeTrigger()

        def get_window_serializer(self):
            return W.TimeWindowSerializer()

        def is_event_time(self):
            return True

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (key, ctx.window().start, ctx.window().end, [e[1] for e in elements])
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    return m.collect(m.env().from_collection([("a", 10), ("a", 150), ("a", 160), ("a", 250)]).assign_timestamps_and_watermarks(ws).key_by(lambda e: e[0]).window(Own()).process(P()))
