TAGS = ["window", "late", "table"]
MODES = ['streaming']
ORDERED = False


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common
    W, S = m.mod("datastream.window"), m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner
    Time = C.Time

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    mono = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    late = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(600)).with_timestamp_assigner(A())

    import os
    d = m.tmp()
    rows = [("a", 1), ("a", 5), ("b", 12), ("a", 3), ("a", 25), ("a", 14), ("b", 2), ("a", 40), ("a", 26)]
    with open(os.path.join(d, "x.csv"), "w") as f:
        for k, t in rows:
            f.write("%s,1970-01-01 00:00:%02d\n" % (k, t))
    env = m.env(1, {"python.fn-execution.bundle.size": "1"})
    te = m.t_env(env)
    te.get_config().set("table.local-time-zone", "UTC")
    te.execute_sql("CREATE TABLE s (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector'='filesystem','path'='%s','format'='csv')" % d)
    class P(D.ProcessWindowFunction):
        def process(self, key, context, elements):
            yield (key, context.window().start, context.window().end, len(list(elements)))
    env.get_config().set_auto_watermark_interval(0)
    tag = D.OutputTag("late", T.STRING())
    s = te.to_data_stream(te.from_path("s")).map(lambda r: r[0], T.STRING())
    w = s.key_by(lambda e: e).window(W.TumblingEventTimeWindows.of(Time.seconds(10))).allowed_lateness(10000).side_output_late_data(tag).process(P())
    return m.collect(w.map(lambda x: ("w",) + tuple(x)).union(w.get_side_output(tag).map(lambda x: ("late", x))))
