TAGS = ["errors"]
MODES = ["streaming", "batch"]


def run(m):
    D = m.datastream

    class Own(Exception):
        def __init__(self, a, b):
            super().__init__("own %s %s" % (a, b))

    def f(v):
        raise Own(v, 2)  # MARK1

    def g(v):
        try:
            return 1 / 0
        except ZeroDivisionError as e:
            raise ValueError("wrapped") from e  # MARK2
    out = [m.expect_failure(lambda: m.collect(m.env().from_collection([1]).map(f)), ["own 1 2", "in f"], mark="MARK1")]
    out.append(m.expect_failure(lambda: m.collect(m.env().from_collection([1]).map(g)), ["ValueError: wrapped", "ZeroDivisionError", "direct cause"], mark="MARK2"))

    def h(v):
        raise StopIteration("stop")
    out.append(m.expect_failure(lambda: m.collect(m.env().from_collection([1, 2]).map(h)), ["stop"]))

    def k(v):
        yield v
        raise KeyError("kk")
    out.append(m.expect_failure(lambda: m.collect(m.env().from_collection([1, 2]).flat_map(k)), ["KeyError: 'kk'"]))

    def s(v):
        import sys
        sys.exit(3)
    out.append(m.expect_failure(lambda: m.collect(m.env().from_collection([1, 2]).map(s)), []))
    return out
