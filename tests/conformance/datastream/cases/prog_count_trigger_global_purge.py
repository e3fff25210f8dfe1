TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common
    W, S = m.mod("datastream.window"), m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class Second(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    late = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(600)).with_timestamp_assigner(Second())

    def program(env):
        class Show(D.ProcessWindowFunction):
            def process(self, key, ctx, elements):
                yield key, "global", [e[2] for e in elements]

        return env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]).key_by(lambda e: e[0], T.STRING()).window(W.GlobalWindows.create()) \
            .trigger(W.PurgingTrigger.of(W.CountTrigger.of(4))).process(Show(), T.PICKLED_BYTE_ARRAY())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
