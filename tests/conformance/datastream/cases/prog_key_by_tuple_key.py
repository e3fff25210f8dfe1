TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    T = m.common.Types

    def program(env):
        ds = env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)])
        return ds.key_by(lambda e: (e[0], e[2] % 2), T.TUPLE([T.STRING(), T.INT()])).map(lambda e: (e[0], 1), T.TUPLE([T.STRING(), T.INT()])) \
            .key_by(lambda e: e[0]).reduce(lambda a, b: (a[0], a[1] + b[1])).filter(lambda e: e[1] % 4 == 0)

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
