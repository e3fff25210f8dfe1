TAGS = ["source"]
MODES = ["streaming", "batch"]


def run(m):
    C, T = m.common, m.common.Types
    ns = m.mod("datastream.connectors.number_seq")
    W = C.WatermarkStrategy.no_watermarks()
    out = []
    for a, b in ((1, 5), (-2, 2), (7, 7)):
        out.append(sorted(m.collect(m.env(2).from_source(ns.NumberSequenceSource(a, b), W, "s", T.LONG()))))
    try:
        out.append(sorted(m.collect(m.env().from_source(ns.NumberSequenceSource(5, 1), W, "s", T.LONG()))))
    except Exception as e:
        out.append("failed")
    return out + [str(m.env().from_source(ns.NumberSequenceSource(1, 2), W, "s", T.LONG()).get_type()), sorted(m.collect(m.env().from_source(ns.NumberSequenceSource(1, 3), W, "s")))]
