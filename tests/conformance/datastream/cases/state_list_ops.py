TAGS = ["state", "keyed"]
MODES = ["streaming"]


def run(m):
    D, T, S = m.datastream, m.common.Types, m.mod("datastream.state")

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.l = ctx.get_list_state(S.ListStateDescriptor("l", T.ROW([T.INT(), T.STRING()])))
            self.t = ctx.get_list_state(S.ListStateDescriptor("t", T.PICKLED_BYTE_ARRAY()))

        def process_element(self, e, ctx):
            Row = type_row
            self.l.add(Row(e[1], "x%d" % e[1]))
            self.t.add_all([{"n": e[1]}, (e[1],), None] if e[1] != 2 else [])
            if e[1] == 3:
                self.l.update([])
            if e[1] == 4:
                self.l.clear()
                self.l.add_all([Row(7, "s"), Row(8, None)])
            yield (e, [tuple(r) for r in self.l.get()], list(self.t.get()))
    type_row = m.common.Row
    return m.collect(m.env().from_collection([("a", i) for i in range(1, 6)]).key_by(lambda e: e[0]).process(P()))
