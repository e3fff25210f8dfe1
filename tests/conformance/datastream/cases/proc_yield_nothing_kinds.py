TAGS = ["process"]
MODES = ["streaming"]


def run(m):
    D = m.datastream

    class P(D.ProcessFunction):
        def process_element(self, v, ctx):
            if v == 1:
                return None
            if v == 2:
                return [v, v]
            if v == 3:
                return (x for x in "ab")
            if v == 4:
                return ()
            return {v: 0}
    return m.collect(m.env().from_collection([1, 2, 3, 4, 5]).process(P()))
