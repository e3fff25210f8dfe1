TAGS = ["proc"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common
    W, S = m.mod("datastream.window"), m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner
    Time = C.Time

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    mono = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    late = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(600)).with_timestamp_assigner(A())

    class P(D.ProcessFunction):
        def process_element(self, v, ctx):
            if v == 0:
                return None
            if v == 1:
                return [1, 2]
            if v == 2:
                return (x for x in "ab")
            return [(v, v)]
    env = m.env()
    return m.collect(env.from_collection([0, 1, 2, 3]).process(P()))
