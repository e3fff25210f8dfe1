TAGS = ["errors"]
MODES = ["streaming"]


def run(m):
    return m.expect_failure(lambda: m.collect(m.env().from_collection([1]).flat_map(lambda v: v)), ["TypeError", "not iterable"])
