TAGS = ["table"]
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

    env = m.env()
    te = m.t_env(env)
    q = "SELECT CAST(1 AS TINYINT) a, CAST(NULL AS INT) b, CAST('x' AS CHAR(3)) c, 1.50 d, ARRAY[1,2] e, MAP['k', 1] f, ROW(1, 'z') g, TRUE h, CAST(1.5 AS FLOAT) i"
    return m.collect(te.to_data_stream(te.sql_query(q)))
