TAGS = ["window"]
MODES = ["streaming"]


def run(m):
    D, C, T, W = m.datastream, m.common, m.common.Types, m.mod("datastream.window")

    class Avg(D.AggregateFunction):
        def create_accumulator(self):
            return [0, 0]

        def add(self, v, acc):
            acc[0] += v[1]
            acc[1] += 1
            return acc

        def get_result(self, acc):
            return acc[0] / acc[1]

        def merge(self, a, b):
            return [a[0] + b[0], a[1] + b[1]]

    class Wf(D.WindowFunction):
        def apply(self, key, window, inputs):
            yield (key, type(window).__name__, list(inputs))

    class Pf(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            yield (key, list(elements), ctx.current_processing_time() > 0, ctx.current_watermark() < 0)
    k = lambda: m.env().from_collection([("a", 1), ("a", 2), ("b", 7), ("a", 6), ("b", 8), ("a", 3)]).key_by(lambda e: e[0]).count_window(2)
    return [m.collect(k().aggregate(Avg())), m.collect(k().aggregate(Avg(), Wf())), m.collect(k().aggregate(Avg(), Pf())), m.collect(k().reduce(lambda a, b: (a[0], a[1] - b[1]), Wf())),
            m.collect(k().reduce(lambda a, b: (a[0], a[1] - b[1]), Pf())), m.collect(k().apply(Wf())), m.collect(k().aggregate(Avg(), accumulator_type=T.LIST(T.INT()), output_type=T.DOUBLE()))]
