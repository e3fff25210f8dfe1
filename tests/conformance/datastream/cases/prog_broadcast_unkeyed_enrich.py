TAGS = ["program"]
MODES = ["batch"]


def run(m):
    D, T = m.datastream, m.common.Types
    S = m.mod("datastream.state")

    def program(env):
        names = S.MapStateDescriptor("names", T.INT(), T.STRING())

        class Enrich(D.BroadcastProcessFunction):
            def process_element(self, v, ctx):
                name = ctx.get_broadcast_state(names).get(v[2] % 4)
                yield v[2], (name or "?") if ctx.get_broadcast_state(names).contains(v[2] % 4) else "-"

            def process_broadcast_element(self, v, ctx):
                ctx.get_broadcast_state(names).put(v[0], v[1])
                if False:
                    yield

        n = env.from_collection([(0, "zero"), (1, "one"), (2, "two")], T.TUPLE([T.INT(), T.STRING()]))
        return env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]).connect(n.broadcast(names)).process(Enrich(), T.TUPLE([T.INT(), T.STRING()]))

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
