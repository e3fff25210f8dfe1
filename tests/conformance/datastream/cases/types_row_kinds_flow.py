TAGS = ["types"]
MODES = ["streaming"]
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

    Row, K = m.common.Row, m.common.RowKind
    def kind(k, *v):
        r = Row(*v)
        r.set_row_kind(k)
        return r
    t = T.ROW_NAMED(["k", "n"], [T.STRING(), T.INT()])
    d = [kind(K.INSERT, "a", 1), kind(K.DELETE, "a", 2), kind(K.UPDATE_AFTER, "b", 3), kind(K.UPDATE_BEFORE, "b", 4)]
    env = m.env()
    s = lambda: env.from_collection(d, t)
    return {"id": m.collect(s()), "map": m.collect(s().map(lambda r: r, t)), "keyed": sorted(m.collect(s().key_by(lambda r: r.k).map(lambda r: (str(r.get_row_kind()), r.n)))), "filter": m.collect(s().filter(lambda r: r.n > 1))}
