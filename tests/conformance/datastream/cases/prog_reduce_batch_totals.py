TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    T = m.common.Types

    def program(env):
        ds = env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)], T.TUPLE([T.STRING(), T.LONG(), T.INT()])).key_by(lambda e: e[0], T.STRING())
        return ds.reduce(lambda a, b: (a[0], max(a[1], b[1]), a[2] + b[2])).union(ds.sum(2).map(lambda e: (e[0], e[2]), T.TUPLE([T.STRING(), T.INT()])).map(lambda e: (e[0], 0, e[1]), T.TUPLE([T.STRING(), T.LONG(), T.INT()])))

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
