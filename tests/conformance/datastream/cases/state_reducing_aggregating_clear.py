TAGS = ["state"]
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

    class Agg(D.AggregateFunction):
        def create_accumulator(self):
            return [0, 0]
        def add(self, v, acc):
            acc[0] += v
            acc[1] += 1
            return acc
        def get_result(self, acc):
            return tuple(acc)
        def merge(self, a, b):
            return [a[0] + b[0], a[1] + b[1]]
    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.r = ctx.get_reducing_state(S.ReducingStateDescriptor("r", lambda a, b: a + b, T.INT()))
            self.a = ctx.get_aggregating_state(S.AggregatingStateDescriptor("a", Agg(), T.PICKLED_BYTE_ARRAY()))
        def process_element(self, v, ctx):
            before = (self.r.get(), self.a.get())
            self.r.add(v[1])
            self.a.add(v[1])
            yield (v[0], before, self.r.get(), self.a.get())
            if v[1] == 3:
                self.r.clear()
                self.a.clear()
    d = [("a", 1), ("a", 3), ("a", 5), ("b", 2), ("a", 7)]
    return m.collect(m.env().from_collection(d).key_by(lambda e: e[0]).process(P()))
