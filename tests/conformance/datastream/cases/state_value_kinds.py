TAGS = ["state", "keyed"]
MODES = ["streaming"]


def run(m):
    import decimal, datetime
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")
    vals = [("int", T.INT(), 5), ("str", T.STRING(), "é"), ("float", T.FLOAT(), 0.1), ("dec", T.BIG_DEC(), decimal.Decimal("1.20")), ("row", T.ROW_NAMED(["a", "b"], [T.INT(), T.STRING()]), m.common.Row(1, "x")),
            ("tup", T.TUPLE([T.INT(), T.LIST(T.STRING())]), (1, ["a"])), ("map", T.MAP(T.STRING(), T.INT()), {"a": 1}), ("date", T.SQL_DATE(), datetime.date(2020, 1, 1)), ("bytes", T.PRIMITIVE_ARRAY(T.BYTE()), b"\x00\xff"),
            ("pick", T.PICKLED_BYTE_ARRAY(), {"s": {1, 2}})]

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.s = [(n, ctx.get_state(S.ValueStateDescriptor(n, t)), v) for n, t, v in vals]

        def process_element(self, e, ctx):
            for n, s, v in self.s:
                try:
                    old = s.value()
                    s.update(v)
                    yield (e, n, repr(old), repr(s.value()))
                except Exception as x:
                    yield (e, n, type(x).__name__, "")
    return m.collect(m.env().from_collection([1, 2]).key_by(lambda e: 0).process(P()))
