TAGS = ["side_output", "types"]
MODES = ["streaming"]


def run(m):
    D, T, Row = m.datastream, m.common.Types, m.common.Row
    a, b, c = D.OutputTag("a", T.INT()), D.OutputTag("b"), D.OutputTag("c", T.ROW_NAMED(["x"], [T.STRING()]))

    class P(D.ProcessFunction):
        def process_element(self, v, ctx):
            yield a, v
            yield b, {"v": v}
            yield c, Row("r%d" % v)
            yield v
            yield (v, v)
    env = m.env()
    main = env.from_collection([1, 2]).process(P())
    out = main.map(lambda v: ("m", v)).union(main.get_side_output(a).map(lambda v: ("a", v)), main.get_side_output(b).map(lambda v: ("b", v)),
                                             main.get_side_output(c).map(lambda v: ("c", v.x)))
    return m.collect(out)
