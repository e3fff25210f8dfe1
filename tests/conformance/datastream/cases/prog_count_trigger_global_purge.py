TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T = m.datastream, m.common.Types
    W = m.mod("datastream.window")

    def program(env):
        class Show(D.ProcessWindowFunction):
            def process(self, key, ctx, elements):
                yield key, "global", [e[2] for e in elements]

        return env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]).key_by(lambda e: e[0], T.STRING()).window(W.GlobalWindows.create()) \
            .trigger(W.PurgingTrigger.of(W.CountTrigger.of(4))).process(Show(), T.PICKLED_BYTE_ARRAY())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
