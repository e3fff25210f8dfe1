TAGS = ["table", "changelog"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    T, Row = m.common.Types, m.common.Row
    env = m.env()
    te = m.t_env(env)
    ds = env.from_collection([("a", 1), ("b", 2), ("a", 3), ("a", 4)], T.TUPLE([T.STRING(), T.INT()]))
    t = te.from_data_stream(ds).alias("k", "v")
    te.create_temporary_view("s", t)
    r = te.to_changelog_stream(te.sql_query("SELECT k, COUNT(*) c, MAX(v) mx FROM s GROUP BY k HAVING COUNT(*) > 1"))
    return m.collect(r.map(lambda r: (r.get_row_kind().name, list(r))))
