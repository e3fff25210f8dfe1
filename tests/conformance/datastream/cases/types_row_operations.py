TAGS = ["types"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    Row, RK = m.common.Row, m.common.RowKind
    r = Row(b=2, a=1)
    p = Row("a", "b")
    q = p(1, 2)
    out = [str(r), list(r), r["a"] if "a" in r else None, r.as_dict(), str(q), q.a, q == Row(a=1, b=2), len(r), Row(1, 2) == Row(1, 2), Row(1) == Row(2), str(Row(1, None, "x")), r.get_fields_by_names(["b"]) if hasattr(r, "get_fields_by_names") else 0]
    r.set_row_kind(RK.DELETE)
    out += [str(r.get_row_kind()), r == Row(b=2, a=1), repr(r)]
    s = Row(1, 2)
    s[0] = 9
    out += [list(s), 9 in s, hash(Row(1, 2)) == hash((1, 2))]
    for f in (lambda: Row(1, a=2), lambda: Row(1)[5], lambda: r.zz, lambda: Row(1).as_dict()):
        try:
            out.append(str(f()))
        except Exception as e:
            out.append(type(e).__name__)
    s.set_field_names(["x", "y"])
    out += [str(s), s.x, s.as_dict(), s.as_dict(True)]
    return out
