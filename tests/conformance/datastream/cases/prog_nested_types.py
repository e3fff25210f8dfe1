TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    T, C = m.common.Types, m.common

    def program(env):
        import datetime, decimal
        info = T.ROW_NAMED(["id", "tags", "attrs", "price", "on", "inner"], [T.INT(), T.LIST(T.STRING()), T.MAP(T.STRING(), T.DOUBLE()), T.BIG_DEC(), T.SQL_DATE(), T.ROW_NAMED(["x", "y"], [T.INT(), T.BASIC_ARRAY(T.LONG())])])
        rows = [C.Row(i, ["t%d" % j for j in range(i % 3)], {"w": i / 2}, decimal.Decimal("%d.25" % i), datetime.date(2024, 1, 1 + i), C.Row(i, [i, i * i])) for i in range(8)]
        ds = env.from_collection(rows, info)

        def change(r):
            r["id"] = r["id"] + 1
            r.tags.append("x")
            r["inner"]["x"] = None if r["id"] % 3 == 0 else 5
            return r

        m1 = ds.map(change, info)
        return m1.rebalance().map(lambda r: (r.id, r.tags, sorted(r.attrs.items()), r.price, r.on, r.inner.x, list(r.inner.y)))

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
