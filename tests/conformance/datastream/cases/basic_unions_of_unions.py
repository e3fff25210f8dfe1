TAGS = ["basic"]
MODES = ["streaming"]
ORDERED = False


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

    env = m.env()
    a = env.from_collection([1, 2], T.INT()).map(lambda x: x, T.LONG())
    b = env.from_collection([3], T.LONG())
    c = env.from_collection([4, 5], T.LONG())
    u = a.union(b, c)
    return {"type": str(u.get_type()), "all": sorted(m.collect(u.map(lambda x: x * 2, T.LONG()))), "self": sorted(m.collect(b.union(b, b)))}
