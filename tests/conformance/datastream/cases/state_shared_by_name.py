TAGS = ["state", "keyed"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.a = ctx.get_state(S.ValueStateDescriptor("v", T.INT()))
            self.b = ctx.get_state(S.ValueStateDescriptor("v", T.INT()))
            self.ag = ctx.get_reducing_state(S.ReducingStateDescriptor("r", lambda x, y: x + y, T.INT()))

        def process_element(self, e, ctx):
            self.a.update((self.a.value() or 0) + e[1])
            self.ag.add(e[1])
            yield (e, self.a.value(), self.b.value(), self.ag.get())
    return m.collect(m.env().from_collection([("a", 1), ("b", 2), ("a", 3)]).key_by(lambda e: e[0]).process(P()))
