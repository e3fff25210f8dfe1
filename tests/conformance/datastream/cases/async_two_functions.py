TAGS = ["async"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    D, C, T = m.datastream, m.common, m.common.Types

    class F(D.AsyncFunction):
        def __init__(self, k):
            self.k = k

        def open(self, ctx):
            self.opened = ctx.get_index_of_this_subtask()

        async def async_invoke(self, value):
            import asyncio
            await asyncio.sleep(0.02 if value % 2 else 0.001)
            return [(value, self.k, self.opened)] if self.k == 1 else [value[0] + 1 for _ in range(2)]

        def close(self):
            pass
    ds = m.env().from_collection([1, 2, 3])
    a = D.AsyncDataStream.ordered_wait(ds, F(1), C.Time.seconds(20), 10)
    return m.collect(a.map(lambda v: v))
