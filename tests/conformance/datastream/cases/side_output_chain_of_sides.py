TAGS = ["side_output"]
MODES = ["streaming"]


def run(m):
    D = m.datastream
    a, b = D.OutputTag("a"), D.OutputTag("b")

    class P(D.ProcessFunction):
        def __init__(self, tag):
            self.tag = tag

        def process_element(self, v, ctx):
            yield self.tag, v * 10
            yield v + 1
    first = m.env().from_collection([1, 2]).process(P(a))
    second = first.get_side_output(a).process(P(b))
    return [m.collect(second.union(second.get_side_output(b)))]
