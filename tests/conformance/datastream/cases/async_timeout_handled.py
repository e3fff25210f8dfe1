TAGS = ["async"]
MODES = ["streaming"]


def run(m):
    D, C = m.datastream, m.common

    class F(D.AsyncFunction):
        async def async_invoke(self, value):
            import asyncio
            await asyncio.sleep(0.01 if value != 2 else 30)
            return [value]

        def timeout(self, value):
            return [("late", value)]
    return m.collect(D.AsyncDataStream.unordered_wait(m.env().from_collection([1, 2, 3]), F(), C.Time.seconds(1), 10))
