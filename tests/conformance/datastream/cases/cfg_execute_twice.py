TAGS = ["config"]
MODES = ["streaming", "batch"]


def run(m):
    env = m.env()
    a = env.from_collection([1, 2])
    out = [m.collect(a.map(lambda v: v + 1)), m.collect(a.map(lambda v: v * 10)), a.execute_and_collect(limit=1)]
    env.from_collection([9]).print()
    out.append(m.capture(lambda: env.execute("x")))
    try:
        env.execute("again")
        out.append("ok")
    except BaseException as e:
        out.append("failed")
    return out
