TAGS = ["table", "watermark"]
MODES = ["streaming"]


def run(m):
    D, C, T, Row = m.datastream, m.common, m.common.Types, m.common.Row
    Schema = m.table.Schema
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class A(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]
    env = m.env()
    te = m.t_env(env)
    ws = C.WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(A())
    ds = env.from_collection([Row("a", 1000, 1), Row("a", 1500, 2), Row("b", 2500, 3)], T.ROW_NAMED(["k", "t", "v"], [T.STRING(), T.LONG(), T.INT()])).assign_timestamps_and_watermarks(ws)
    t = te.from_data_stream(ds, Schema.new_builder().column_by_metadata("rt", "TIMESTAMP_LTZ(3)", "rowtime", True).column("k", "STRING").column("t", "BIGINT").column("v", "INT").watermark("rt", "SOURCE_WATERMARK()").build())
    te.create_temporary_view("s", t)
    r = te.sql_query("SELECT k, SUM(v) AS s, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(rt), INTERVAL '1' SECOND)) GROUP BY k, window_start, window_end")
    return m.collect(te.to_data_stream(r))
