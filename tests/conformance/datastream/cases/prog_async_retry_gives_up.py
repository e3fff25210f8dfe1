TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common

    def program(env):
        class Never(D.AsyncFunction):
            async def async_invoke(self, value):
                return [value] if value % 2 else []

        retry = D.AsyncRetryStrategy.exponential_backoff(3, 1, 8, 2.0, lambda r: len(r) == 0, None)
        ds = env.from_collection(list(range(7)), T.INT())
        return D.AsyncDataStream.ordered_wait_with_retry(ds, Never(), C.Time.seconds(60), retry, 2, T.INT())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
