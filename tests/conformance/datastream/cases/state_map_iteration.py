TAGS = ["state", "keyed"]
MODES = ["streaming"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.mp = ctx.get_map_state(S.MapStateDescriptor("m", T.TUPLE([T.STRING(), T.INT()]), T.LIST(T.INT())))

        def process_element(self, e, ctx):
            k = ("k", e[1] % 3)
            self.mp.put(k, (self.mp.get(k) or []) + [e[1]])
            it = self.mp.items()
            first = sorted(it)
            try:
                self.mp[("zz", 9)]
                miss = "got"
            except KeyError:
                miss = "KeyError"
            except Exception as x:
                miss = type(x).__name__
            yield (e[1], first, sorted(self.mp.keys()), sorted(self.mp.values()), ("k", 1) in self.mp, self.mp.is_empty(), miss)
    return m.collect(m.env().from_collection([("a", i) for i in range(5)]).key_by(lambda e: e[0]).process(P()))
