TAGS = ["table", "changelog"]
MODES = ["streaming"]


def run(m):
    T, Row = m.common.Types, m.common.Row
    RowKind = m.common.RowKind
    env = m.env()
    te = m.t_env(env)
    def row(kind, *a):
        r = Row(*a)
        r.set_row_kind(kind)
        return r
    ds = env.from_collection([row(RowKind.INSERT, "a", 1), row(RowKind.UPDATE_BEFORE, "a", 1), row(RowKind.UPDATE_AFTER, "a", 5), row(RowKind.INSERT, "b", 2), row(RowKind.DELETE, "b", 2)],
                             T.ROW_NAMED(["k", "v"], [T.STRING(), T.INT()]))
    te.create_temporary_view("c", te.from_changelog_stream(ds))
    a = m.collect(te.to_changelog_stream(te.sql_query("SELECT k, v * 2 AS d FROM c")))
    return a
