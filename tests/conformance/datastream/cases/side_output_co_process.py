TAGS = ["side"]
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

    tag = D.OutputTag("odd", T.INT())
    tag2 = D.OutputTag("txt")
    class P(D.CoProcessFunction):
        def process_element1(self, v, ctx):
            if v % 2:
                yield tag, v
            else:
                yield v
        def process_element2(self, v, ctx):
            yield tag2, (v, "t")
            yield v
    env = m.env()
    s = env.from_collection([1, 2, 3, 4]).connect(env.from_collection(["a", "b"])).process(P())
    side = s.get_side_output(tag).map(lambda x: ("odd", x)).union(s.get_side_output(tag2), s.map(lambda x: ("main", x)))
    return m.collect(side)
