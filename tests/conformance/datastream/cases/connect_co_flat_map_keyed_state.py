TAGS = ["connect", "state"]
MODES = ["streaming"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class F(D.CoFlatMapFunction):
        def open(self, ctx):
            self.l = ctx.get_list_state(S.ListStateDescriptor("l", T.INT()))

        def flat_map1(self, v):
            self.l.add(v[1])
            yield (v[0], sum(self.l.get()) > 0)

        def flat_map2(self, v):
            return None
    env = m.env()
    a, b = env.from_collection([("a", 1), ("b", 2), ("a", 3)]), env.from_collection([("a", 5)])
    return m.collect(a.connect(b).key_by(lambda e: e[0], lambda e: e[0]).flat_map(F()))
