TAGS = ["state", "keyed"]
MODES = ["streaming"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class Mp(D.MapFunction):
        def open(self, ctx):
            self.s = ctx.get_state(S.ValueStateDescriptor("s", T.INT()))

        def map(self, v):
            n = (self.s.value() or 0) + 1
            self.s.update(n)
            return (v, n)

    class Fm(D.FlatMapFunction):
        def open(self, ctx):
            self.s = ctx.get_list_state(S.ListStateDescriptor("s", T.INT()))

        def flat_map(self, v):
            self.s.add(v[1])
            yield (v, list(self.s.get()))

    class Fi(D.FilterFunction):
        def open(self, ctx):
            self.s = ctx.get_state(S.ValueStateDescriptor("seen", T.BOOLEAN()))

        def filter(self, v):
            if self.s.value():
                return False
            self.s.update(True)
            return True
    data = [("a", 1), ("b", 2), ("a", 3), ("a", 4)]
    k = lambda: m.env().from_collection(data).key_by(lambda e: e[0])
    out = [m.collect(k().map(Mp())), m.collect(k().flat_map(Fm())), m.collect(k().filter(Fi()))]
    return [len(x) for x in out] + [sorted(n for _, n in out[0])] if m.mode == "batch" else out
