TAGS = ["async"]
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

    import asyncio
    class F(D.AsyncFunction):
        async def async_invoke(self, v):
            await asyncio.sleep(0.001 * (5 - v))
            return [v * 10, v * 10 + 1] if v % 2 else []
        def timeout(self, v):
            return [-v]
    ds = m.env().from_collection([1, 2, 3, 4, 5])
    return m.collect(D.AsyncDataStream.ordered_wait(ds, F(), Time.seconds(30), 2, T.INT()))
