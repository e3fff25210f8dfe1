TAGS = ["window", "types"]
MODES = ["streaming"]


def run(m):
    D, C, T, W = m.datastream, m.common, m.common.Types, m.mod("datastream.window")

    class Agg(D.AggregateFunction):
        def create_accumulator(self):
            return {"n": 0, "l": []}

        def add(self, v, acc):
            acc["n"] += v[1]
            acc["l"].append(v[1])
            return acc

        def get_result(self, acc):
            return m_row(acc["n"], ",".join(map(str, acc["l"])))

        def merge(self, a, b):
            return {"n": a["n"] + b["n"], "l": a["l"] + b["l"]}
    m_row = m.common.Row
    k = lambda: m.env().from_collection([("a", 1), ("b", 5), ("a", 2), ("a", 3), ("a", 4)]).key_by(lambda e: e[0])
    r = k().count_window(2).aggregate(Agg(), output_type=T.ROW_NAMED(["n", "s"], [T.INT(), T.STRING()]))
    return [m.collect(r), str(r.get_type()), m.collect(k().count_window(3, 2).aggregate(Agg()).map(lambda r: tuple(r)))]
