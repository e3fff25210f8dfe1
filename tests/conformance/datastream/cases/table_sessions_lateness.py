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
    rows = [("a", 1), ("a", 4), ("b", 12), ("a", 7), ("a", 25), ("a", 8), ("b", 2), ("a", 40), ("a", 26)]
    with open(os.path.join(d, "x.csv"), "w") as f:
        for k, t in rows:
            f.write("%s,1970-01-01 00:00:%02d\n" % (k, t))
    env = m.env(1, {"python.fn-execution.bundle.size": "1"})
    te = m.t_env(env)
    te.get_config().set("table.local-time-zone", "UTC")
    te.execute_sql("CREATE TABLE s (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector'='filesystem','path'='%s','format'='csv')" % d)
    class P(D.ProcessWindowFunction):
        def process(self, key, context, elements):
            yield (key, context.window().start, context.window().end, len(list(elements)))
    class Ts(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield (v[0], ctx.timestamp(), ctx.timer_service().current_watermark())
    env.get_config().set_auto_watermark_interval(0)
    s = te.to_data_stream(te.from_path("s"))
    return {"w": sorted(m.collect(s.map(lambda r: r[0]).key_by(lambda e: e).window(W.EventTimeSessionWindows.with_gap(Time.seconds(5))).allowed_lateness(6000).process(P()))), "ts": m.collect(te.to_data_stream(te.from_path("s")).process(Ts()))}
