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

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.v = ctx.get_state(S.ValueStateDescriptor("v", T.PICKLED_BYTE_ARRAY()))
            self.m = ctx.get_map_state(S.MapStateDescriptor("m", T.STRING(), T.INT()))
            self.l = ctx.get_list_state(S.ListStateDescriptor("l", T.INT()))
        def process_element(self, v, ctx):
            if v[1] == 0:
                self.v.update(None)
                self.l.add_all([1, 2])
                self.l.update([])
                self.m.put("x", 1)
                yield (0, self.v.value(), list(self.l.get() or []), self.m.is_empty(), self.m.contains("y"), self.m.get("y"))
            elif v[1] == 1:
                self.v.update((1, None))
                self.l.add_all([3])
                self.l.add(4)
                self.m.put("z", 5)
                self.m.remove("x")
                self.m.remove("nope")
                yield (1, self.v.value(), list(self.l.get()), sorted(self.m.keys()), sorted(self.m.values()), sorted(self.m.items()))
            else:
                self.v.clear()
                self.m.clear()
                self.l.clear()
                yield (2, self.v.value(), list(self.l.get() or []), self.m.is_empty(), list(self.m))
    return m.collect(m.env().from_collection([("a", 0), ("a", 1), ("a", 2)]).key_by(lambda e: e[0]).process(P()))
