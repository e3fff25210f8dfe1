TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T = m.datastream, m.common.Types
    S = m.mod("datastream.state")

    def program(env):
        class F(D.CoFlatMapFunction):
            def open(self, ctx):
                self.s = ctx.get_map_state(S.MapStateDescriptor("s", T.STRING(), T.INT()))

            def flat_map1(self, v):
                self.s.put("a", (self.s.get("a") or 0) + v[2])
                for i in range(v[2] % 3):
                    yield "one", v[0], self.s.get("a"), i

            def flat_map2(self, v):
                self.s.put("b", (self.s.get("b") or 0) + 1)
                yield "two", v[0], self.s.get("b")

        e = [("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]
        return env.from_collection(e).connect(env.from_collection(e[:13])).key_by(lambda e: e[0], lambda e: e[0]).flat_map(F())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
