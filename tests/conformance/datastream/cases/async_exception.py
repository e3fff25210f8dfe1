TAGS = ["async", "errors"]
MODES = ["streaming"]


def run(m):
    D, C = m.datastream, m.common

    class F(D.AsyncFunction):
        async def async_invoke(self, value):
            if value == 2:
                raise ValueError("bad async")
            return [value]
    return m.expect_failure(lambda: m.collect(D.AsyncDataStream.unordered_wait(m.env().from_collection([1, 2]), F(), C.Time.seconds(5), 2, C.Types.INT())), ["bad async"])
