TAGS = ["table"]
MODES = ["streaming"]
ORDERED = True


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

    Row, K = m.common.Row, m.common.RowKind
    def kind(k, *v):
        r = Row(*v)
        r.set_row_kind(k)
        return r
    env = m.env()
    te = m.t_env(env)
    ds = env.from_collection([kind(K.INSERT, "a", 1), kind(K.INSERT, "b", 2), kind(K.UPDATE_BEFORE, "a", 1), kind(K.UPDATE_AFTER, "a", 5), kind(K.DELETE, "b", 2)], T.ROW_NAMED(["k", "n"], [T.STRING(), T.INT()]))
    t = te.from_changelog_stream(ds)
    te.create_temporary_view("t", t)
    return m.collect(te.to_changelog_stream(te.sql_query("SELECT k, SUM(n) AS n FROM t GROUP BY k")))
