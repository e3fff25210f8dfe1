TAGS = ["batch"]
MODES = ["batch"]


def run(m):
    data = [("a", 3, "x"), ("b", 5, "p"), ("a", 1, "y"), ("a", 1, "z"), ("b", 9, "q")]
    k = lambda: m.env(2).from_collection(data).key_by(lambda e: e[0])
    return [sorted(m.collect(f(k()))) for f in (lambda s: s.sum(1), lambda s: s.min(1), lambda s: s.max(1), lambda s: s.reduce(lambda a, b: (a[0], a[1] + b[1], "")))]
