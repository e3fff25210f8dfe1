TAGS = ["errors", "window"]
MODES = ["streaming"]


def run(m):
    D, W = m.datastream, m.mod("datastream.window")

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            raise RuntimeError("win %s" % key)  # MARK1

    class Agg(D.AggregateFunction):
        def create_accumulator(self):
            return 0

        def add(self, v, acc):
            raise RuntimeError("agg add")  # MARK2

        def get_result(self, acc):
            return acc

        def merge(self, a, b):
            return a + b
    ds = lambda: m.env().from_collection([("a", 1)] * 2).key_by(lambda e: e[0]).count_window(2)
    return [m.expect_failure(lambda: m.collect(ds().process(P())), ["RuntimeError: win a"], mark="MARK1"),
            m.expect_failure(lambda: m.collect(ds().aggregate(Agg())), ["RuntimeError: agg add"], mark="MARK2")]
