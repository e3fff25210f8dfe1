TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common

    def program(env):
        class Flaky(D.AsyncFunction):
            def open(self, ctx):
                self.calls = {}

            async def async_invoke(self, value):
                n = self.calls[value] = self.calls.get(value, 0) + 1
                if value % 3 == 1 and n < 3:
                    raise ConnectionError("try %d" % n)
                if value % 3 == 2 and n < 2:
                    return []
                return [(value, n)]

            def timeout(self, value):
                return [(value, "timeout")]

        retry = D.AsyncRetryStrategy.fixed_delay(4, 5, lambda r: len(r) == 0, lambda e: isinstance(e, ConnectionError))
        ds = env.from_collection(list(range(12)), T.INT())
        a = D.AsyncDataStream.unordered_wait_with_retry(ds, Flaky(), C.Time.seconds(60), retry, 4)
        return a.map(lambda v: (v[0] + 100, v[1]))

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
