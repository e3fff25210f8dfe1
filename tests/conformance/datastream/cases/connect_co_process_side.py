TAGS = ["connect", "side_output"]
MODES = ["streaming", "batch"]


def run(m):
    D = m.datastream
    tag = D.OutputTag("s")

    class P(D.CoProcessFunction):
        def process_element1(self, v, ctx):
            yield ("1", v)

        def process_element2(self, v, ctx):
            yield tag, ("2", v)
            if v == "b":
                yield v
    env = m.env()
    r = env.from_collection([1, 2]).connect(env.from_collection(["a", "b"])).process(P())
    return m.collect(r.union(r.get_side_output(tag)))
