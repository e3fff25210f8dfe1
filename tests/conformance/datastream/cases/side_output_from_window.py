TAGS = ["side_output", "window"]
MODES = ["streaming"]


def run(m):
    D, W = m.datastream, m.mod("datastream.window")
    tag = D.OutputTag("big")

    class P(D.ProcessWindowFunction):
        def process(self, key, ctx, elements):
            n = sum(e[1] for e in elements)
            yield (key, n)
            if n > 3:
                yield tag, (key, "big")
    r = m.env().from_collection([("a", 1), ("a", 2), ("b", 3), ("b", 4)]).key_by(lambda e: e[0]).count_window(2).process(P())
    try:
        return m.collect(r.map(lambda v: v).union(r.get_side_output(tag)))
    except Exception as e:
        return "failed"
